// Stands in for libnvrtc.so.12 in tests. It "compiles" a program to a line of
// words that fake_driver.cc understands, and appends the line to the file that
// RLOSS_FAKE_NVRTC_LOG names.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../../driver/device_interface.h"

namespace {

struct FakeProgram {
  std::string code;
};

constexpr int kCompilation = 6;
constexpr const char* kValueNames[] = {"float", "double", "Half", "Bfloat16"};

int Copy(const std::string& text, char* target) {
  std::memcpy(target, text.c_str(), text.size() + 1);
  return 0;
}

}  // namespace

extern "C" {

int nvrtcVersion(int* major, int* minor) {
  *major = 12;
  *minor = 4;
  return 0;
}
int nvrtcGetNumSupportedArchs(int* count) {
  *count = 2;
  return 0;
}
int nvrtcGetSupportedArchs(int* capabilities) {
  capabilities[0] = 80;
  capabilities[1] = 90;
  return 0;
}
int nvrtcCreateProgram(FakeProgram** program, const char* text, const char*,
                       int, const char* const*, const char* const*) {
  if (std::strstr(text, "rloss_embed") == nullptr) return kCompilation;
  *program = new FakeProgram;
  return 0;
}
int nvrtcDestroyProgram(FakeProgram** program) {
  delete *program;
  return 0;
}
int nvrtcCompileProgram(FakeProgram* program, int count,
                        const char* const* options) {
  if (std::getenv("RLOSS_FAKE_NVRTC_FAILS") != nullptr) return kCompilation;
  int dim = 0, type = -1;
  std::string target;
  for (int i = 0; i < count; ++i) {
    const std::string option = options[i];
    const std::string value = "-DRLOSS_VALUE=";
    std::sscanf(options[i], "-DRLOSS_DIM=%d", &dim);
    if (option.rfind("-arch=", 0) == 0) target = option.substr(6);
    for (int t = 0; t < 4; ++t) {
      if (option == value + kValueNames[t]) type = t;
    }
  }
  if (dim == 0 || type < 0) return kCompilation;
  program->code = "rloss program of dimension " + std::to_string(dim) +
                  " and type " + std::to_string(type) + " for " + target;
  if (const char* log = std::getenv("RLOSS_FAKE_NVRTC_LOG")) {
    if (std::FILE* file = std::fopen(log, "a")) {
      std::fprintf(file, "%s\n", program->code.c_str());
      std::fclose(file);
    }
  }
  return 0;
}
int nvrtcGetProgramLogSize(FakeProgram*, size_t* size) {
  *size = 19;
  return 0;
}
int nvrtcGetProgramLog(FakeProgram*, char* log) {
  return Copy("the compiler's log", log);
}
int nvrtcGetCUBINSize(FakeProgram* program, size_t* size) {
  *size = program->code.size() + 1;
  return 0;
}
int nvrtcGetCUBIN(FakeProgram* program, char* code) {
  return Copy(program->code, code);
}
int nvrtcGetPTXSize(FakeProgram* program, size_t* size) {
  return nvrtcGetCUBINSize(program, size);
}
int nvrtcGetPTX(FakeProgram* program, char* text) {
  return Copy(program->code, text);
}
const char* nvrtcGetErrorString(int) { return "NVRTC_ERROR_COMPILATION"; }

}  // extern "C"
