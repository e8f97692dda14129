# Debian's libsimgrid-dev has no CMake package. Defines SimGrid::SimGrid.
find_path(SimGrid_INCLUDE_DIR simgrid/config.h)
find_library(SimGrid_LIBRARY simgrid)
mark_as_advanced(SimGrid_INCLUDE_DIR SimGrid_LIBRARY)

if(SimGrid_INCLUDE_DIR)
  foreach(part MAJOR MINOR PATCH)
    file(STRINGS ${SimGrid_INCLUDE_DIR}/simgrid/version.h SimGrid_line
      REGEX "#define SIMGRID_VERSION_${part} +[0-9]+")
    string(REGEX REPLACE ".* ([0-9]+).*" "\\1" SimGrid_VERSION_${part} "${SimGrid_line}")
  endforeach()
  set(SimGrid_VERSION ${SimGrid_VERSION_MAJOR}.${SimGrid_VERSION_MINOR}.${SimGrid_VERSION_PATCH})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SimGrid REQUIRED_VARS SimGrid_LIBRARY SimGrid_INCLUDE_DIR
  VERSION_VAR SimGrid_VERSION)

if(SimGrid_FOUND AND NOT TARGET SimGrid::SimGrid)
  add_library(SimGrid::SimGrid UNKNOWN IMPORTED)
  set_target_properties(SimGrid::SimGrid PROPERTIES
    IMPORTED_LOCATION ${SimGrid_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${SimGrid_INCLUDE_DIR})
  if(TARGET Boost::headers) # s4u's pointers are Boost's
    set_property(TARGET SimGrid::SimGrid PROPERTY INTERFACE_LINK_LIBRARIES Boost::headers)
  endif()
endif()
