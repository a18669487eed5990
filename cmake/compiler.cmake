# SPDX-License-Identifier: Apache-2.0
# The compiler, its flags and the builds with sanitizers.

include(cmake/refuse_compiler.cmake)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

set(DIALTONE_SANITIZE "" CACHE STRING "Sanitizers to build with: empty, 'address,undefined' or 'thread'")
add_library(dialtone_flags INTERFACE)
if(DIALTONE_SANITIZE)
  set(sanitize -fsanitize=${DIALTONE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(dialtone_flags INTERFACE ${sanitize})
  target_link_options(dialtone_flags INTERFACE ${sanitize})
  # In these builds nothing is pooled: a free list would hide every leak and every use after free.
  target_compile_definitions(dialtone_flags INTERFACE DIALTONE_NO_POOLS=1)
endif()

# For our own sources only: who uses the library picks their own warnings.
add_library(dialtone_warnings INTERFACE)
target_compile_options(dialtone_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough -Wcast-align
  -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=lld-19)
endif()
