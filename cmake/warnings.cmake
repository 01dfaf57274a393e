# The warnings that lanes and its tests are free of; CMAKE_COMPILE_WARNING_AS_ERROR (preset dev) makes them errors.
add_library(lanes_warnings INTERFACE)
target_compile_options(lanes_warnings INTERFACE -Wall -Wextra)
