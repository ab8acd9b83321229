"""What Streamlit is given to run: one call.

Belongs here: nothing more, for Streamlit compiles it anew for each session. Does not belong here: the page (`app`).
"""

from arcana_assets.dashboard.app import main

main()
