# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM: it ends with 0, and the regular expression in the file EXPECTED describes all that it prints.
cmake_minimum_required(VERSION 3.25)

file(READ ${EXPECTED} expected)
execute_process(COMMAND ${PROGRAM} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors TIMEOUT 100)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}\n${output}\n${errors}")
endif()
if(NOT output MATCHES "^${expected}$")
  message(FATAL_ERROR "${PROGRAM} printed\n${output}\nwhich is not\n${expected}")
endif()
