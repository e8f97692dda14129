/// What one fio job did, as plain data: everything that fio's outputs print about a job.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/core/histogram.hpp"
#include "model/core/units.hpp"
#include "model/job_spec.hpp"

namespace blkpath {

/// One line of a fio log file (write_lat_log and friends).
struct LogSample {
  Instant time;        ///< since the job's start
  std::int64_t value;  ///< ns in latency logs, KiB/s in bandwidth logs, I/Os per second in IOPS logs
  Dir dir;
  Bytes block_size;
  Bytes offset;
};

/// Statistics of one direction of one job. Latencies as fio defines them: slat from preparing the request to
/// the return of submit, clat from there to completion as reaped, lat their sum.
struct DirStats {
  std::int64_t ios = 0;
  std::int64_t short_ios = 0, drop_ios = 0;
  Bytes bytes{0};
  Time runtime{0};  ///< from the start of measuring to this direction's last completion
  LatencyStat slat, clat, lat;
  Moments bw_kib;  ///< KiB/s over windows of 500 ms, as fio's bwavgtime
  Moments iops;    ///< IOPS over windows of 500 ms
};

/// Statistics of one job (or of a reporting group after `merge`).
struct JobStats {
  /// fio's depth classes: 1, 2, 4, 8, 16, 32, >=64 for depth; 0, 4, 8, 16, 32, 64, >=64 for submit/complete.
  static constexpr std::size_t kDepthClasses = 7;

  std::string name;
  int group = 0;
  int jobs = 1;   ///< how many jobs are merged here
  int error = 0;  ///< first errno seen, 0 when none
  PerDir<DirStats> dir;
  LatencyStat sync_lat;  ///< fsync/fdatasync
  std::int64_t total_syncs = 0;
  std::array<std::int64_t, kDepthClasses> depth{}, submit{}, complete{};  ///< counts of I/Os; of batches
  std::int64_t submit_calls = 0, complete_calls = 0;
  std::array<std::int64_t, 10> lat_ns{};  ///< clat below 2,4,10,20,50,100,250,500,750,1000 ns
  std::array<std::int64_t, 10> lat_us{};  ///< same bounds in us
  std::array<std::int64_t, 12> lat_ms{};  ///< ... 1000, 2000, >=2000 ms
  Time job_runtime{0};
  Time usr_cpu{0}, sys_cpu{0};  ///< of the job's own thread
  std::int64_t context_switches = 0;

  std::vector<LogSample> lat_log, slat_log, clat_log, bw_log, iops_log;  ///< empty unless asked for

  /// Books `clat` in the ns/us/ms classes.
  void add_lat_class(Time clat);
  /// Adds another job's figures, as group_reporting does. Logs are not merged.
  void merge(const JobStats& other);
};

}  // namespace blkpath
