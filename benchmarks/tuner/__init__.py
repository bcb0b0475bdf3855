"""TunerRegressor against the nets that images are fitted with."""
