# SPDX-License-Identifier: Apache-2.0
# cmake -DCOMPILER= -DOPTIONS= -DINCLUDES= -DSOURCE= -P compile_fail.cmake
# Compiles SOURCE for its errors only, and compares them with what its comments announce. Each error has to be one of
# Dialtone's sentences. INCLUDES are separated by |.
cmake_minimum_required(VERSION 3.25)

file(READ ${SOURCE} text)
string(REGEX MATCHALL "\n// expects: [^\n]+" expected "${text}")
string(REGEX MATCH "\n// compiles\n" compiles "${text}")
if((expected AND compiles) OR NOT (expected OR compiles))
  message(FATAL_ERROR "${SOURCE}: it must say either '// expects: <sentence>' or '// compiles'")
endif()

string(REGEX MATCH "^(//[^\n]*\n)*" head "${text}")
string(REGEX REPLACE "(^|\n)// (SPDX|expects: |compiles)[^\n]*" "" unknown "${head}")
string(STRIP "${unknown}" unknown)
if(unknown)
  message(FATAL_ERROR "${SOURCE}: a sentence must stay on its line, nobody looks for '${unknown}'")
endif()

separate_arguments(arguments UNIX_COMMAND "${OPTIONS}")
string(REPLACE "|" ";" include_directories "${INCLUDES}")
list(TRANSFORM include_directories PREPEND -I)
execute_process(COMMAND ${COMPILER} ${arguments} ${include_directories} -fsyntax-only ${SOURCE}
  RESULT_VARIABLE result ERROR_VARIABLE errors OUTPUT_VARIABLE errors)

if(compiles)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${SOURCE}: it must compile, but the compiler said:\n${errors}")
  endif()
  return()
endif()
if(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: it must not compile, but it does")
endif()
# Whoever reads it is to see the rule, and nothing that follows from its breach.
string(REGEX REPLACE "[^\n]* error: [^\n]*dialtone: [^\n]*" "" others "${errors}")
if(others MATCHES " error: [^\n]*")
  message(FATAL_ERROR "${SOURCE}: beside the rule the compiler said '${CMAKE_MATCH_0}':\n${errors}")
endif()
foreach(line IN LISTS expected)
  string(REGEX REPLACE "^\n// expects: " "" sentence "${line}")
  string(FIND "${errors}" "${sentence}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${SOURCE}: expected '${sentence}', but the compiler said:\n${errors}")
  endif()
endforeach()
