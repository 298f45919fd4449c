"""What a blueprint is made of: one file per topic, frozen, with closed vocabularies."""
