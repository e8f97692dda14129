/// For tests: fio jobs from text, and why one is refused. Line 1 of a job is its section's name.
#pragma once
#include <string>
#include <vector>

#include "scenarios/fio_job.hpp"
#include "traces/test/error_of.hpp"

namespace blkpath {

inline JobSpec one_job(const std::string& options) {
  return parse_fio_text("[job]\n" + options, "t.fio").jobs.at(0);
}

inline std::string error_in_file(const std::string& text) {
  return error_of([&] { parse_fio_text(text, "t.fio"); });
}
inline std::string error_in_job(const std::string& options) { return error_in_file("[job]\n" + options); }
inline std::string error_in_args(const std::vector<std::string>& args) {
  return error_of([&] { parse_fio_args(args); });
}

}  // namespace blkpath
