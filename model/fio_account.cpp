#include "model/fio_account.hpp"

#include <algorithm>

namespace blkpath {
namespace {
std::int64_t per_second(std::int64_t count, Time t) {
  return t.count() > 0 ? static_cast<std::int64_t>(static_cast<__int128>(count) * 1'000'000'000 / t.count())
                       : 0;
}
}  // namespace

FioAccount::FioAccount(const JobSpec& spec, JobStats& stats)
    : stats_(stats),
      ramp_(spec.ramp_time),
      log_avg_(spec.log_avg),
      log_lat_(!spec.write_lat_log.empty()),
      log_bw_(!spec.write_bw_log.empty()),
      log_iops_(!spec.write_iops_log.empty()),
      logs_(log_lat_ || log_bw_ || log_iops_) {
  stats_.name = spec.name;
  stats_.group = spec.group;
}

void FioAccount::begin(Instant now, std::size_t buckets) {
  begin_ = now;
  tick_ = measured_from_ = now + ramp_;
  window_end_ = measured_from_ + kWindow;
  log_end_ = measured_from_ + log_avg_;
  buckets_.resize(buckets);
  if (ramp_ == Time{0}) tick(now);
}

void FioAccount::tick(Instant now) {
  if (in_ramp_) {
    in_ramp_ = false;
    JobStats fresh;
    fresh.name = stats_.name;
    fresh.group = stats_.group;
    fresh.error = stats_.error;  // it has ended the job
    stats_ = std::move(fresh);
    std::fill(buckets_.begin(), buckets_.end(), 0);
    for (std::size_t d = 0; d < kDirs; ++d) {
      lat_window_[d] = clat_window_[d] = slat_window_[d] = {};
      log_ios_[d] = log_bytes_[d] = 0;
    }
  }
  if (now >= window_end_) close_windows(now);
  tick_ = window_end_;
}

void FioAccount::finish(Instant now) {
  if (in_ramp_ || now >= tick_) tick(now);
  if (logs_ && log_avg_ > Time{0}) {
    roll_log(now);
    close_log(now);
  }
  stats_.job_runtime = std::max(Time{0}, now - measured_from_);
  for (DirStats& s : stats_.dir)
    if (s.ios > 0) s.runtime = stats_.job_runtime;
}

/// fio looks every 500 ms and takes no sample of a direction in which nothing was done.
void FioAccount::close_windows(Instant now) {
  for (std::size_t d = 0; d < kDirs; ++d) {
    DirStats& s = stats_.dir[d];
    const std::int64_t ios = s.ios - window_ios_[d], bytes = s.bytes.n - window_bytes_[d];
    if (bytes > 0) s.bw_kib.add(static_cast<double>(per_second(bytes, kWindow) / 1024));
    if (ios > 0) s.iops.add(static_cast<double>(per_second(ios, kWindow)));
    window_ios_[d] = s.ios;
    window_bytes_[d] = s.bytes.n;
  }
  window_end_ += kWindow * ((now - window_end_) / kWindow + 1);
}

LogSample FioAccount::sample(const Request& r, std::int64_t value, Instant now) const {
  return {Instant{now - begin_}, value, static_cast<Dir>(dir_of(r)), Bytes{r.length}, Bytes{r.origin}};
}

void FioAccount::log_slat(const Request& r, Time slat, Instant now) {
  if (!log_lat_) return;
  if (log_avg_ == Time{0}) {
    stats_.slat_log.push_back(sample(r, slat.count(), now));
    return;
  }
  LogWindow& w = slat_window_[dir_of(r)];
  w.sum += slat.count();
  ++w.count;
  roll_log(now);
}

void FioAccount::log_completion(const Request& r, Time clat, Time lat, Instant now) {
  const std::size_t d = dir_of(r);
  if (log_avg_ == Time{0}) {
    if (log_lat_) {
      stats_.clat_log.push_back(sample(r, clat.count(), now));
      stats_.lat_log.push_back(sample(r, lat.count(), now));
    }
    // Without averaging fio logs what this one I/O alone would make, in bytes per ms (io_u.c and
    // add_bw_sample).
    if (log_bw_) stats_.bw_log.push_back(sample(r, per_second(r.length, clat) / 1000, now));
    if (log_iops_) stats_.iops_log.push_back(sample(r, 1, now));
    return;
  }
  clat_window_[d].sum += clat.count();
  ++clat_window_[d].count;
  lat_window_[d].sum += lat.count();
  ++lat_window_[d].count;
  roll_log(now);  // the latency that ends a window is in it; bytes are read by a timer, before
  log_bytes_[d] += r.length;
  ++log_ios_[d];
}

void FioAccount::roll_log(Instant now) {
  if (now < log_end_) return;
  close_log(log_end_);
  log_end_ += log_avg_ * ((now - log_end_) / log_avg_ + 1);
}

void FioAccount::close_log(Instant end) {
  const Instant at{end - begin_};
  const Time length = std::min(log_avg_, end - (log_end_ - log_avg_));
  for (std::size_t d = 0; d < kDirs; ++d) {
    const auto line = [&](std::vector<LogSample>& log, std::int64_t value) {
      log.push_back({at, value, static_cast<Dir>(d), Bytes{0}, Bytes{0}});
    };
    const auto mean = [&](std::vector<LogSample>& log, LogWindow& w) {
      if (log_lat_ && w.count > 0) line(log, w.sum / w.count);
      w = {};
    };
    mean(stats_.slat_log, slat_window_[d]);
    mean(stats_.clat_log, clat_window_[d]);
    mean(stats_.lat_log, lat_window_[d]);
    if (log_bw_ && log_bytes_[d] > 0) line(stats_.bw_log, per_second(log_bytes_[d], length) / 1024);
    if (log_iops_ && log_ios_[d] > 0) line(stats_.iops_log, per_second(log_ios_[d], length));
    log_bytes_[d] = log_ios_[d] = 0;
  }
}

}  // namespace blkpath
