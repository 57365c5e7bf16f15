"""The JSON API: how do other programs ask what a picture shows? May import every wing but ``bench``; knows no Streamlit."""
