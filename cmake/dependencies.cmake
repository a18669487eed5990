# SPDX-License-Identifier: Apache-2.0
# Libraries of others, each with its reason in ARCHITECTURE.md.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(mimalloc REQUIRED)
if(DIALTONE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(dialtone_room_base_dependencies target)
  target_link_libraries(${target} PUBLIC fmt::fmt)
endfunction()

function(dialtone_room_runtime_dependencies target)
  target_link_libraries(${target} PUBLIC Threads::Threads PRIVATE spdlog::spdlog)
  if(NOT DIALTONE_SANITIZE)
    target_link_libraries(${target} PUBLIC mimalloc)
  endif()
endfunction()
