"""The parts of the inference container; serve.py, wsgi.py, predictor.py and settings.py one folder up put them together."""
