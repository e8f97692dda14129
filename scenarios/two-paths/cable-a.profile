# date in seconds, state: SimGrid's format, as `state_file` of a <link> takes it
0.6 0
1.4 1
