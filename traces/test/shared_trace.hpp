/// For tests: measured traces, which are not part of the project.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "traces/test/trace_text.hpp"

namespace blkpath {

/// A file below the folder that BLKPATH_SHARED_DATA names, by default ../shared/data from the project's root;
/// "" when it is absent.
inline std::string shared_trace(const std::string& file) {
  const char* const named = std::getenv("BLKPATH_SHARED_DATA");
#ifdef BLKPATH_SOURCE_DIR
  const std::string fallback = BLKPATH_SOURCE_DIR "/../shared/data";
#else
  const std::string fallback = "../shared/data";
#endif
  const std::string path = (named != nullptr ? std::string(named) : fallback) + "/" + file;
  return std::filesystem::exists(path) ? path : "";
}

struct SharedTrace {
  std::string format;  ///< as recognised
  std::vector<IoRecord> records;
};

inline SharedTrace read_shared(const std::string& path) {
  const auto reader = open_trace(path);
  SharedTrace trace;
  trace.records = read_all(*reader);
  trace.format = reader->meta().format;
  return trace;
}

}  // namespace blkpath
