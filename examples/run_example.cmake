# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM: it ends with 0, and prints the text of the file EXPECTED.txt, or, from its first character to its last,
# what the regular expression in EXPECTED.regex describes. One of the two files has to be there.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${PROGRAM} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
set(told "it printed\n${output}\nand on standard error\n${errors}")
if(NOT result STREQUAL "0")
  message(FATAL_ERROR "${PROGRAM} ended with ${result}; ${told}")
endif()

if(EXISTS ${EXPECTED}.txt)
  file(READ ${EXPECTED}.txt expected)
  if(NOT "${output}" STREQUAL "${expected}")
    message(FATAL_ERROR "${PROGRAM} did not print\n${expected}\nbut ${told}")
  endif()
elseif(EXISTS ${EXPECTED}.regex)
  file(READ ${EXPECTED}.regex expected)
  if(NOT "${output}" MATCHES "^${expected}$")
    message(FATAL_ERROR "${PROGRAM} did not print what\n${expected}\ndescribes; ${told}")
  endif()
else()
  message(FATAL_ERROR "there is neither ${EXPECTED}.txt nor ${EXPECTED}.regex: what shall ${PROGRAM} print?")
endif()
