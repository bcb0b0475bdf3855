"""Small data sets: 6 to 200 rows of 1 to 10 inputs."""
