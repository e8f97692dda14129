/// fio's bookkeeping for one job: latencies, depth and batch classes, bandwidth windows, logs.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "model/core/request.hpp"
#include "model/job_stats.hpp"

namespace blkpath {

/// Fills a JobStats as fio 3.33 would. At the end of ramp_time everything starts again from zero, as in fio.
class FioAccount {
 public:
  FioAccount(const JobSpec& spec, JobStats& stats);

  /// The job begins now. @param buckets  of the Sim
  void begin(Instant now, std::size_t buckets);
  /// The job has ended: closes windows and runtimes.
  void finish(Instant now);

  Instant measured_from() const { return measured_from_; }
  /// Time of the measured I/Os by Sim bucket, ns; adds up to their lat.
  const std::vector<std::int64_t>& buckets() const { return buckets_; }

  /// `count` requests go down in calls that begin now, `open` are open then.
  void submitting(int count, int open) { stats_.depth[depth_class(open)] += count; }
  /// A call that took `count` requests and `time` has returned.
  void call_returned(int count, Time time, Instant now) {
    if (now >= tick_) tick(now);
    ++stats_.submit[batch_class(count)];
    ++stats_.submit_calls;
    stats_.sys_cpu += time;
  }
  /// The submitting call of `r`, prepared at r.born, has returned now.
  void submitted(const Request& r, Instant now) {
    const Time slat = now - r.born;
    stats_.dir[dir_of(r)].slat.add(slat);
    if (logs_) log_slat(r, slat, now);
  }
  /// `count` completions are taken at once, at `cost`.
  void reaping(Instant now, int count, Time cost) {
    if (now >= tick_) tick(now);
    ++stats_.complete[batch_class(count)];
    ++stats_.complete_calls;
    stats_.sys_cpu += cost;
  }
  /// `r`, whose submission ended at `issued`, is reaped now. As in fio, one that failed is no I/O done.
  /// @param times  its settled buckets
  void completed(const Request& r, const std::int64_t* times, Instant issued, Instant now) {
    if (r.error != 0) {
      if (stats_.error == 0) stats_.error = r.error;
      return;
    }
    DirStats& s = stats_.dir[dir_of(r)];
    const Time clat = now - issued, lat = now - r.born;
    ++s.ios;
    s.bytes.n += r.length;
    s.clat.add(clat);
    s.lat.add(lat);
    stats_.add_lat_class(clat);
    for (std::int64_t& sum : buckets_) sum += *times++;
    if (logs_) log_completion(r, clat, lat, now);
  }
  /// A flush began while `open` requests, itself among them, were open. fio counts it with the depths.
  void syncing(int open) { ++stats_.depth[depth_class(open)]; }
  void synced(Time latency) {
    stats_.sync_lat.add(latency);
    ++stats_.total_syncs;
  }
  void usr_cpu(Time t) { stats_.usr_cpu += t; }
  void blocked() { ++stats_.context_switches; }

  static std::size_t dir_of(const Request& r) {
    return r.op == Op::trim ? static_cast<std::size_t>(Dir::trim) : static_cast<std::size_t>(r.op);
  }

 private:
  static constexpr Time kWindow = 500ms;  ///< fio's bwavgtime

  static int width(int n) { return static_cast<int>(std::bit_width(static_cast<unsigned>(n))); }
  static std::size_t depth_class(int depth) {
    return static_cast<std::size_t>(std::min(width(depth), 7) - 1);
  }
  static std::size_t batch_class(int count) {
    return count <= 4 ? count > 0 : static_cast<std::size_t>(std::min(width(count - 1) - 1, 6));
  }
  /// Samples of one kind since the log's last line, by direction.
  struct LogWindow {
    std::int64_t sum = 0, count = 0;
  };
  void tick(Instant now);
  void close_windows(Instant now);
  void close_log(Instant end);
  void roll_log(Instant now);
  void log_slat(const Request& r, Time slat, Instant now);
  void log_completion(const Request& r, Time clat, Time lat, Instant now);
  LogSample sample(const Request& r, std::int64_t value, Instant now) const;

  JobStats& stats_;
  Time ramp_, log_avg_;
  bool log_lat_, log_bw_, log_iops_, logs_;
  bool in_ramp_ = true;
  Instant tick_{};  ///< when to look at ramp and windows again
  Instant begin_{}, measured_from_{}, window_end_{}, log_end_{};
  std::vector<std::int64_t> buckets_;
  PerDir<std::int64_t> window_ios_{}, window_bytes_{};  ///< totals when the window began
  PerDir<LogWindow> lat_window_{}, clat_window_{}, slat_window_{};
  PerDir<std::int64_t> log_ios_{}, log_bytes_{};
};

}  // namespace blkpath
