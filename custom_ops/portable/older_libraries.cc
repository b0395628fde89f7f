// Lets a library that was built on a new Linux run on an old one: with glibc
// 2.28 and the libstdc++ of GCC 8, the limits of manylinux_2_28. The linker would
// bind the functions below to their newest versions on the building machine. They
// are defined here instead, by means of what old machines have as well.
#if defined(__x86_64__) && defined(__gnu_linux__)

#include <cxxabi.h>

#include <new>
#include <sstream>

// Makes a declared function the library's own definition of `symbol`.
#define RLOSS_OWN(symbol) __asm__(symbol) __attribute__((visibility("hidden")))
// Makes a declared function the given version of a symbol of the machine.
#define RLOSS_OLD(name, version) __asm__(".symver " #name "," version)

extern "C" {

// glibc 2.34 moved these from libdl to libc.
RLOSS_OLD(rloss_old_dlopen, "dlopen@GLIBC_2.2.5");
void* rloss_old_dlopen(const char* file, int mode);
void* rloss_dlopen(const char* file, int mode) RLOSS_OWN("dlopen");
void* rloss_dlopen(const char* file, int mode) {
  return rloss_old_dlopen(file, mode);
}

RLOSS_OLD(rloss_old_dlsym, "dlsym@GLIBC_2.2.5");
void* rloss_old_dlsym(void* library, const char* name);
void* rloss_dlsym(void* library, const char* name) RLOSS_OWN("dlsym");
void* rloss_dlsym(void* library, const char* name) {
  return rloss_old_dlsym(library, name);
}

RLOSS_OLD(rloss_old_dlerror, "dlerror@GLIBC_2.2.5");
char* rloss_old_dlerror();
char* rloss_dlerror() RLOSS_OWN("dlerror");
char* rloss_dlerror() { return rloss_old_dlerror(); }

// The version of glibc 2.29 reports errors in another way; the results are equal.
RLOSS_OLD(rloss_old_pow, "pow@GLIBC_2.2.5");
double rloss_old_pow(double base, double exponent);
double rloss_pow(double base, double exponent) RLOSS_OWN("pow");
double rloss_pow(double base, double exponent) {
  return rloss_old_pow(base, exponent);
}

// A flag of glibc 2.32: while it is set, shared_ptr counts without atomic
// instructions. There are always several threads in TensorFlow.
extern char rloss_single_threaded RLOSS_OWN("__libc_single_threaded");
char rloss_single_threaded = 0;

// std::condition_variable::wait(std::unique_lock<std::mutex>&)
RLOSS_OLD(rloss_old_wait,
          "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE"
          "@GLIBCXX_3.4.11");
void rloss_old_wait(void* condition, void* lock);
void rloss_wait(void* condition, void* lock)
    RLOSS_OWN("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE");
void rloss_wait(void* condition, void* lock) {
  rloss_old_wait(condition, lock);
}

// std::__throw_bad_array_new_length()
void rloss_throw_bad_length() RLOSS_OWN("_ZSt28__throw_bad_array_new_lengthv");
void rloss_throw_bad_length() { abi::__cxa_throw_bad_array_new_length(); }

// std::stringstream::stringstream()
void rloss_make_stringstream(void* place) RLOSS_OWN(
    "_ZNSt7__cxx1118basic_stringstreamIcSt11char_traitsIcESaIcEEC1Ev");
void rloss_make_stringstream(void* place) {
  new (place) std::stringstream(std::ios_base::in | std::ios_base::out);
}

}  // extern "C"

#endif  // x86-64 with glibc
