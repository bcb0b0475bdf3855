"""Functions of three inputs: the signed distance of a mesh, and a short video."""
