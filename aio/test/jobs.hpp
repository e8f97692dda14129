/// For tests: fio jobs as plain data, and a whole replay of one.
#pragma once
#include <string>
#include <vector>

#include "aio/replay.hpp"
#include "traces/format.hpp"

namespace blkpath {

/// Random reads of 4 KiB, as many as `ios`.
inline JobSpec read_job(std::int64_t ios, int iodepth, Bytes size) {
  JobSpec job;
  job.name = "job";
  job.random = true;
  job.random_map = false;
  job.time_based = false;
  job.direct = true;
  job.engine = IoEngine::libaio;
  job.iodepth = iodepth;
  job.size = size;
  job.io_size = Bytes{4096 * ios};
  return job;
}

inline JobSpec write_job(std::int64_t ios, int iodepth, Bytes size) {
  JobSpec job = read_job(ios, iodepth, size);
  job.does = {false, true, false};
  return job;
}

/// Runs to the end.
inline ReplayOutcome replay_all(const std::vector<JobSpec>& jobs, const ReplayOptions& options) {
  return replay(jobs, options, {}, [](const ReplayProgress&) { return true; });
}

inline std::vector<IoRecord> records_of(const std::string& path) {
  std::vector<IoRecord> all(1 << 20);
  all.resize(open_trace(path)->read(all));
  return all;
}

}  // namespace blkpath
