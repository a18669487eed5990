# SPDX-License-Identifier: Apache-2.0
# cmake --install: headers, libraries, and a package for find_package(dialtone).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY DIALTONE_ROOMS)
set(targets dialtone dialtone_flags)
foreach(room IN LISTS rooms)
  list(APPEND targets dialtone_${room})
endforeach()
install(TARGETS ${targets} EXPORT dialtone_targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT dialtone_targets NAMESPACE dialtone:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dialtone)
install(DIRECTORY dialtone/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dialtone FILES_MATCHING PATTERN "*.hpp")
configure_package_config_file(cmake/dialtone-config.cmake.in dialtone-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dialtone)
write_basic_package_version_file(dialtone-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/dialtone-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/dialtone-config-version.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dialtone)
