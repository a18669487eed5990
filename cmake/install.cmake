# SPDX-License-Identifier: Apache-2.0
# cmake --install: headers, libraries, and a package for find_package(dialtone). Tested by tests/install.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/dialtone)
get_property(rooms GLOBAL PROPERTY DIALTONE_ROOMS)
set(targets dialtone dialtone_flags)
foreach(room IN LISTS rooms)
  list(APPEND targets dialtone_${room})
endforeach()
set_target_properties(dialtone_flags PROPERTIES EXPORT_NAME flags)

install(TARGETS ${targets} EXPORT dialtone_targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT dialtone_targets NAMESPACE dialtone:: DESTINATION ${package_directory})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/dialtone/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dialtone
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*_test.hpp" EXCLUDE)

configure_package_config_file(cmake/dialtone-config.cmake.in ${PROJECT_BINARY_DIR}/dialtone-config.cmake
  INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dialtone-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/dialtone-config.cmake
  ${PROJECT_BINARY_DIR}/dialtone-config-version.cmake
  cmake/refuse_compiler.cmake
  DESTINATION ${package_directory})
