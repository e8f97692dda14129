/// What fio's report formats share: which jobs are reported as one, and the figures derived from their
/// counts.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/job_spec.hpp"
#include "model/job_stats.hpp"

namespace blkpath {

/// Everything a fio report is printed from.
struct FioReport {
  std::vector<JobSpec> specs;  ///< one for each of `jobs`: numjobs already expanded, in fio's order
  std::vector<JobStats> jobs;
  std::vector<std::pair<std::string, std::string>> global_options;  ///< as the user wrote them
  std::string version;                                              ///< without the name, e.g. "0.1.0"
};

/// The fixed time stamp of every report: the same run prints the same bytes.
inline constexpr const char* kFioReportTime = "Thu Jan  1 00:00:00 1970";

/// One block of the report: a job, or the jobs of a group that asked for group_reporting.
struct FioEntry {
  std::string name;     ///< of the block's first job
  JobSpec const* spec;  ///< of the block's last job, whose options and iodepth fio prints
  JobStats stats;
};

/// The blocks of a report, in fio's order. They point into `report`.
/// @throws std::invalid_argument when there is not one spec for each job
std::vector<FioEntry> fio_entries(const FioReport& report);

/// Milliseconds from the start of measuring to the last completion of this direction, rounded up as fio
/// rounds them; 0 when no byte was transferred, and then fio leaves the direction out.
std::int64_t runtime_ms(const DirStats& dir);
std::int64_t bytes_per_second(const DirStats& dir);  ///< over runtime_ms, rounded down
double ios_per_second(const DirStats& dir);          ///< over runtime_ms

/// One direction of a `Run status group`.
struct FioGroupDir {
  std::int64_t bytes = 0;
  std::int64_t min_ms = 0, max_ms = 0;  ///< shortest and longest block; max_ms is 0 when nothing was done
  std::int64_t min_rate = 0, max_rate = 0;
  std::int64_t rate() const;  ///< bytes per second: all bytes over the longest run
};
using FioGroups = std::map<int, PerDir<FioGroupDir>>;
FioGroups fio_groups(const std::vector<FioEntry>& entries);

/// fio's `per` and `bw_agg`: mean bandwidth in percent of the group's, at most 100.
double percent_of_group(const DirStats& dir, const FioGroupDir& group);

/// Shares of `total` in percent; a class that was hit at all shows at least `floor` percent, as fio prints
/// it.
template <std::size_t N>
std::array<double, N> shares(const std::array<std::int64_t, N>& counts, std::int64_t total, double floor) {
  std::array<double, N> out{};
  for (std::size_t i = 0; i < N && total > 0; ++i) {
    out[i] = static_cast<double>(counts[i]) / static_cast<double>(total) * 100.0;
    if (counts[i] > 0 && out[i] < floor) out[i] = floor;
  }
  return out;
}
inline constexpr double kDepthFloor = 0.1;     ///< of the depth, submit and complete classes
inline constexpr double kLatencyFloor = 0.01;  ///< of the latency classes

std::int64_t total_ios(const JobStats& stats);
/// CPU time in percent of the job's run time, over whole milliseconds as fio counts them.
double cpu_percent(Time cpu, const JobStats& stats);
/// `percentile_list` in ascending order.
std::vector<double> percentile_list(const JobSpec& spec);

/// fio's number format: at most `max_chars` digits and point, and a prefix for thousands when it needs one.
/// @param binary  steps of 1024 and Ki, Mi, ... instead of 1000 and k, M, ...
std::string fio_number(std::uint64_t value, int max_chars, bool binary, const char* unit);

}  // namespace blkpath
