"""What runs while a lesson runs: seats, the engine, the writer, the class as it is now, who is signed in.

Imports every wing but web and bench; knows nothing of Streamlit."""
