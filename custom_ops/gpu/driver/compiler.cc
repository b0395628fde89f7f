#include "compiler.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "code_cache.h"
#include "device_text.h"
#include "shared_library.h"

namespace rloss {
namespace gpu {
namespace {

typedef struct OpaqueProgram* NvrtcProgram;

// The functions of NVRTC that are used. They are the same since version 11.5.
struct Nvrtc {
  SharedLibrary library;
  int major = 0, minor = 0;
  std::vector<int> capabilities;  // those that it makes machine code for

  int (*version)(int*, int*);
  int (*count_capabilities)(int*);
  int (*list_capabilities)(int*);
  int (*create)(NvrtcProgram*, const char*, const char*, int,
                const char* const*, const char* const*);
  int (*destroy)(NvrtcProgram*);
  int (*compile)(NvrtcProgram, int, const char* const*);
  int (*log_size)(NvrtcProgram, size_t*);
  int (*log)(NvrtcProgram, char*);
  int (*code_size)(NvrtcProgram, size_t*);
  int (*code)(NvrtcProgram, char*);
  int (*text_size)(NvrtcProgram, size_t*);
  int (*text)(NvrtcProgram, char*);
  const char* (*describe)(int);

  bool FindAll() {
    return library.Find("nvrtcVersion", &version) &&
           library.Find("nvrtcGetNumSupportedArchs", &count_capabilities) &&
           library.Find("nvrtcGetSupportedArchs", &list_capabilities) &&
           library.Find("nvrtcCreateProgram", &create) &&
           library.Find("nvrtcDestroyProgram", &destroy) &&
           library.Find("nvrtcCompileProgram", &compile) &&
           library.Find("nvrtcGetProgramLogSize", &log_size) &&
           library.Find("nvrtcGetProgramLog", &log) &&
           library.Find("nvrtcGetCUBINSize", &code_size) &&
           library.Find("nvrtcGetCUBIN", &code) &&
           library.Find("nvrtcGetPTXSize", &text_size) &&
           library.Find("nvrtcGetPTX", &text) &&
           library.Find("nvrtcGetErrorString", &describe);
  }
};

// Returns the names under which to look for NVRTC: first where the system finds
// libraries, then beside the Python packages of this process, where pip
// installs it and no search path leads.
std::vector<std::string> LibraryNames(int driver_major) {
  std::vector<std::string> names;
  const struct {
    int major;
    const char *folder, *name;
  } versions[] = {{12, "cuda_nvrtc", "libnvrtc.so.12"},
                  {13, "cu13", "libnvrtc.so.13"},
                  {11, "cuda_nvrtc", "libnvrtc.so.11.2"}};
  for (const auto& version : versions) {
    if (version.major > driver_major) continue;
    names.push_back(version.name);
    for (const std::string& folder : PackageFolders()) {
      names.push_back(folder + "nvidia/" + version.folder + "/lib/" +
                      version.name);
    }
  }
  return names;
}

// Opens NVRTC at first use. Once found, it is not searched again.
Error OpenNvrtc(int driver_major, const Nvrtc** opened) {
  static std::mutex mutex;
  static std::unique_ptr<Nvrtc> found;
  std::lock_guard<std::mutex> lock(mutex);
  *opened = found.get();
  if (found != nullptr) return {};

  auto nvrtc = std::make_unique<Nvrtc>();
  if (!nvrtc->library.Open(LibraryNames(driver_major)) || !nvrtc->FindAll()) {
    return "The filter's GPU kernels are compiled at first use by NVIDIA's "
           "NVRTC, and no libnvrtc.so.12 could be opened (" +
           nvrtc->library.reason() +
           "). Run `pip install nvidia-cuda-nvrtc-cu12`, or install "
           "tensorflow[and-cuda], which brings it.";
  }
  int count = 0;
  nvrtc->version(&nvrtc->major, &nvrtc->minor);
  nvrtc->count_capabilities(&count);
  nvrtc->capabilities.resize(count);
  nvrtc->list_capabilities(nvrtc->capabilities.data());
  found = std::move(nvrtc);
  *opened = found.get();
  return {};
}

constexpr const char* kValueNames[kValueTypes] = {"float", "double", "Half",
                                                  "Bfloat16"};

// Returns the compiler's options. Because of -fmad=false nothing is contracted
// into fused multiply-adds, so that a point gets the simplex that the CPU
// finds.
std::vector<std::string> Options(const Nvrtc& nvrtc, const Program& program,
                                 const Target& target, bool* machine_code) {
  const auto& known = nvrtc.capabilities;
  *machine_code =
      std::find(known.begin(), known.end(), target.capability) != known.end();
  int capability = target.capability;
  if (!*machine_code) {
    capability = 0;
    for (const int other : known) {
      if (other < target.capability) capability = std::max(capability, other);
    }
  }
  std::vector<std::string> options = {
      std::string("-arch=") + (*machine_code ? "sm_" : "compute_") +
          std::to_string(capability),
      "-std=c++17",
      "-default-device",
      "-device-int128",
      "-fmad=false",
      "-DRLOSS_DIM=" + std::to_string(program.dim),
      std::string("-DRLOSS_VALUE=") +
          kValueNames[static_cast<int>(program.type)],
  };
  if (target.verbose) options.push_back("--ptxas-options=-v");
  return options;
}

// Compiles to machine code if `machine_code`, else to the intermediate text.
Error Compile(const Nvrtc& nvrtc, const std::vector<std::string>& options,
              bool machine_code, std::string* code, std::string* log) {
  std::vector<const char*> names, texts, words;
  for (const TextFile& file : ProgramHeaders()) {
    names.push_back(file.name);
    texts.push_back(file.text);
  }
  for (const std::string& option : options) words.push_back(option.c_str());
  NvrtcProgram program = nullptr;
  int result = nvrtc.create(&program, ProgramText(), "program.cu",
                            static_cast<int>(names.size()), texts.data(),
                            names.data());
  if (result == 0) {
    result = nvrtc.compile(program, static_cast<int>(words.size()),
                           words.data());
    size_t size = 0;
    if (nvrtc.log_size(program, &size) == 0 && size > 1) {
      log->resize(size);
      nvrtc.log(program, &(*log)[0]);
      log->resize(size - 1);  // without the closing zero
    }
  }
  if (result == 0) {
    const auto size_of = machine_code ? nvrtc.code_size : nvrtc.text_size;
    const auto copy = machine_code ? nvrtc.code : nvrtc.text;
    size_t size = 0;
    result = size_of(program, &size);
    code->resize(size);
    if (result == 0) result = copy(program, &(*code)[0]);
  }
  nvrtc.destroy(&program);
  if (result == 0) return {};
  return "NVRTC " + std::to_string(nvrtc.major) + "." +
         std::to_string(nvrtc.minor) +
         " could not compile the filter's GPU kernels with " + options[0] +
         " (" + nvrtc.describe(result) +
         "). Another version may: `pip install -U nvidia-cuda-nvrtc-cu12`. " +
         *log;
}

}  // namespace

Error CompileAnew(const Program& program, const Target& target,
                  std::string* code, std::string* log) {
  const Nvrtc* nvrtc = nullptr;
  RLOSS_RETURN_IF_ERROR(OpenNvrtc(target.driver_major, &nvrtc));
  bool machine_code = false;
  const auto options = Options(*nvrtc, program, target, &machine_code);
  return Compile(*nvrtc, options, machine_code, code, log);
}

Error CompileProgram(const Program& program, const Target& target,
                     std::string* code) {
  const Nvrtc* nvrtc = nullptr;
  RLOSS_RETURN_IF_ERROR(OpenNvrtc(target.driver_major, &nvrtc));
  bool machine_code = false;
  const auto options = Options(*nvrtc, program, target, &machine_code);

  std::vector<std::string> parts = options;
  parts.push_back(std::to_string(nvrtc->major) + "." +
                  std::to_string(nvrtc->minor));
  parts.push_back(ProgramText());
  for (const TextFile& file : ProgramHeaders()) parts.push_back(file.text);
  const CodeCache cache(CodeCache::DefaultFolder());
  const std::string key = CodeCache::KeyOf(parts);
  if (cache.Load(key, code)) return {};
  std::string log;
  RLOSS_RETURN_IF_ERROR(Compile(*nvrtc, options, machine_code, code, &log));
  cache.Store(key, *code);
  return {};
}

}  // namespace gpu
}  // namespace rloss
