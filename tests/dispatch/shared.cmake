# cmake -D LOW= -D HIGH= -D NM= -D OBJDUMP= -P shared.cmake: no function of lanes that both objects define under one name
# uses instructions in HIGH that came after x86-64: a linker that keeps HIGH's would break LOW on an older CPU. Functions
# of the standard library are not looked at, whatever they hold: whoever mixes flags shares std::vector too.
function(weak_names object output)
  execute_process(COMMAND ${NM} --defined-only ${object} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[0-9a-f]+ [WVu] [^\n]+" names "${text}")
  list(TRANSFORM names REPLACE ".* " "")
  set(${output} "${names}" PARENT_SCOPE)
endfunction()
weak_names(${LOW} low)
weak_names(${HIGH} high)
foreach(name ${low})
  set(is_low_${name} TRUE)
endforeach()
foreach(name ${high})
  set(is_high_${name} TRUE)
endforeach()

# Lines that open a function or hold an instruction of AVX, FMA or BMI; where one follows the other, it is the function's.
execute_process(COMMAND ${OBJDUMP} --disassemble --no-show-raw-insn ${HIGH}
                COMMAND grep -E "^[0-9a-f]+ <|%[yz]mm[0-9]|%k[1-7]|[	 ](v[a-z0-9]+|shlx|sarx|shrx|mulx|andn|bextr|bls[imr]|[tl]zcnt|popcnt|movbe|rorx|bzhi|pdep|pext) "
                OUTPUT_VARIABLE lines)
string(REGEX MATCHALL "[0-9a-f]+ <[^\n]*>:\n +[0-9a-f]+:" users "${lines}")
list(LENGTH users count)
if(count LESS 50)
  message(SEND_ERROR "only ${count} functions of ${HIGH} use what is newer than x86-64: the test looks in the wrong place")
endif()
foreach(user ${users})
  string(REGEX REPLACE "^[0-9a-f]+ <([^>]*)>.*" "\\1" name "${user}")
  if(is_low_${name} AND is_high_${name} AND name MATCHES "^_Z+NK?5lanes")
    message(SEND_ERROR "shared, and compiled for the better CPU: ${name}")
  endif()
endforeach()
message(STATUS "${count} functions use newer instructions, none of lanes has a name that the other file uses")
