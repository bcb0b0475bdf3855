"""What every room stands on: devices, row blocks, exact scaling, canonical samples, QR + SVD."""
