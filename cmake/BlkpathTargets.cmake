# One target per folder:
#   blkpath_library(NAME [REGISTERS_MODELS] SOURCES ... LINKS ...)
#   blkpath_tests(NAME [LABEL unit|example|compare|device] SOURCES ... LINKS ...)
# and once, at the end, blkpath_install_package().
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(blkpath_options INTERFACE)
add_library(blkpath::options ALIAS blkpath_options)
set_target_properties(blkpath_options PROPERTIES EXPORT_NAME options)
target_compile_features(blkpath_options INTERFACE cxx_std_20)
target_include_directories(blkpath_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
# Results are the same bytes in every build and on every processor: no fused multiply-add, in inline code of the
# headers neither, so whoever includes them gets the flag too.
target_compile_options(blkpath_options INTERFACE -ffp-contract=off
  $<BUILD_INTERFACE:-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion>)
# g++ before 12.3 warns of overlapping copies in `"x" + std::string` (GCC bug 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12.3)
  target_compile_options(blkpath_options INTERFACE $<BUILD_INTERFACE:-Wno-restrict>)
endif()
install(TARGETS blkpath_options EXPORT blkpathTargets)

# Headers sit next to their sources; the FILE_SET installs them without a second list.
# Models register themselves through static objects, which a plain link of an archive drops. REGISTERS_MODELS makes
# the archive blkpath::NAME_models, and blkpath::NAME what links it whole. The name with '::' is needed in
# LINK_LIBRARY: it is the one that still exists in the installed package.
function(blkpath_library name)
  cmake_parse_arguments(ARG "REGISTERS_MODELS" "" "SOURCES;LINKS" ${ARGN})
  set(archive ${name})
  if(ARG_REGISTERS_MODELS)
    set(archive ${name}_models)
    add_library(blkpath_${name} INTERFACE)
    add_library(blkpath::${name} ALIAS blkpath_${name})
    set_target_properties(blkpath_${name} PROPERTIES EXPORT_NAME ${name})
    target_link_libraries(blkpath_${name} INTERFACE $<LINK_LIBRARY:WHOLE_ARCHIVE,blkpath::${archive}>)
    install(TARGETS blkpath_${name} EXPORT blkpathTargets)
  endif()
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  add_library(blkpath_${archive} STATIC ${ARG_SOURCES})
  add_library(blkpath::${archive} ALIAS blkpath_${archive})
  set_target_properties(blkpath_${archive} PROPERTIES EXPORT_NAME ${archive})
  target_sources(blkpath_${archive} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  target_link_libraries(blkpath_${archive} PUBLIC blkpath_options ${ARG_LINKS})
  install(TARGETS blkpath_${archive} EXPORT blkpathTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/blkpath)
endfunction()

# Tests are compiled once and run for a moment: half of their compile time would be the optimiser's.
set(BLKPATH_TEST_FLAGS "" CACHE STRING "More compile flags of the tests, for example -O0")

# The *_test.cpp of a folder go into one executable.
function(blkpath_tests name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINKS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(blkpath_${name}_test ${ARG_SOURCES})
  target_link_libraries(blkpath_${name}_test PRIVATE ${ARG_LINKS} GTest::gmock_main)
  target_compile_definitions(blkpath_${name}_test PRIVATE BLKPATH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(blkpath_${name}_test PRIVATE ${BLKPATH_TEST_FLAGS})
  gtest_discover_tests(blkpath_${name}_test PROPERTIES LABELS ${ARG_LABEL} DISCOVERY_TIMEOUT 60)
endfunction()

# find_package(blkpath), then target_link_libraries(... blkpath::hw).
function(blkpath_install_package)
  set(destination ${CMAKE_INSTALL_LIBDIR}/cmake/blkpath)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/blkpathConfig.cmake.in blkpathConfig.cmake
    INSTALL_DESTINATION ${destination})
  write_basic_package_version_file(blkpathConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(EXPORT blkpathTargets NAMESPACE blkpath:: DESTINATION ${destination})
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/blkpathConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/blkpathConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindSimGrid.cmake DESTINATION ${destination})
endfunction()
