"""What every room stands on: devices, row blocks, the budget of operations, exact scaling, samples."""
