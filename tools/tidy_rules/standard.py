# SPDX-License-Identifier: Apache-2.0
"""The headers of C++23's standard library, and those of them that pure code leaves alone."""

STANDARD = frozenset("""
algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts condition_variable
coroutine deque exception execution expected filesystem flat_map flat_set format forward_list fstream functional future
generator initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map mdspan memory
memory_resource mutex new numbers numeric optional ostream print queue random ranges ratio regex scoped_allocator
semaphore set shared_mutex source_location span spanstream sstream stack stacktrace stdexcept stdfloat stop_token
streambuf string string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo
unordered_map unordered_set utility valarray variant vector version
cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio
cstdlib cstring ctime cuchar cwchar cwctype
assert.h ctype.h errno.h fenv.h float.h inttypes.h limits.h locale.h math.h setjmp.h signal.h stdarg.h stddef.h
stdint.h stdio.h stdlib.h string.h time.h uchar.h wchar.h wctype.h
""".split())

# cstdio stays: an assertion's last words need it. random holds devices, but its engines take a seed.
FORBIDDEN_IN_PURE = frozenset("""
barrier condition_variable filesystem fstream future iostream istream latch mutex ostream print semaphore shared_mutex
stop_token syncstream thread csignal ctime signal.h stdio.h time.h
""".split())
