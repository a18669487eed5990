# SPDX-License-Identifier: Apache-2.0
# Compilers that would make wrong code of coroutines. Read by our own build and, installed, by find_package(dialtone).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "GCC ${CMAKE_CXX_COMPILER_VERSION} destroys some temporaries in co_await expressions twice (its bugs 99576 and "
    "100611), so Dialtone would corrupt memory: install clang-19 and configure with CXX=clang++-19.")
endif()
