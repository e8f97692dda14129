#include "model/fio_plan.hpp"

#include <algorithm>

namespace blkpath {

FioPlan::FioPlan(const JobSpec& spec, Random random)
    : spec_(spec),
      offsets_(spec, FioRegion{spec.offset, *spec.size}, random),
      loops_left_(std::max(1, spec.loops)) {
  const std::int64_t size = spec.size->n, io_size = spec.io_size ? spec.io_size->n : 0;
  if (!spec.time_based) {
    bytes_left_ = (io_size > 0 ? io_size : size) * loops_left_;
    // A pass is once over the region, but random overwrites without a map go straight on to io_size.
    const bool write = spec.does[static_cast<std::size_t>(Dir::write)];
    pass_size_ = write && spec.random && !spec.random_map ? std::max(size, io_size) : size;
    if (spec.number_ios > 0) ios_left_ = spec.number_ios * loops_left_;
  }
  for (std::size_t d = 0; d < kDirs; ++d) {
    if (!spec.does[d]) continue;
    rate_bps_[d] = spec.rate[d] ? spec.rate[d]->per_second : spec.rate_iops[d] * spec.bs[d].min.n;
    rated_ = rated_ || rate_bps_[d] > 0;
  }
  special_ = rated_ || spec.thinktime > Time{0} || spec.fsync > 0 || spec.fdatasync > 0;
}

void FioPlan::begin(Instant now) {
  begin_ = now;
  begin_pass();
  if (spec_.runtime > Time{0}) deadline_ = begin_ + spec_.ramp_time + spec_.runtime;
}

void FioPlan::begin_pass() {
  pass_over_ = false;
  pass_left_ = pass_begin_ = std::min(pass_size_, bytes_left_);
  offsets_.restart();
}

FioPlan::Step FioPlan::next(Instant now) {
  if (special_ || pass_over_) {
    const Step step = next_special(now);
    if (step != Step::issue) return step;
  } else {
    dir_ = offsets_.direction();
  }
  if (now >= deadline_ || pass_left_ <= 0 || ios_left_ <= 0 || !offsets_.next(dir_, offset_, length_)) {
    pass_over_ = true;
    return Step::drain;
  }
  --ios_left_;
  bytes_left_ -= length_;
  pass_left_ -= length_;
  last_was_write_ = dir_ == Dir::write;
  writes_ += last_was_write_;
  if (rated_) pace();
  return Step::issue;
}

/// What may come before the next I/O. Chooses its direction, since each has its rate.
FioPlan::Step FioPlan::next_special(Instant now) {
  if (pass_over_) {
    if (!another_pass(now)) {
      if (!spec_.end_fsync || end_synced_ || writes_ == 0) return Step::finish;
      end_synced_ = true;
      return sync();
    }
    begin_pass();
  }
  if (spec_.thinktime > Time{0} && reaped_ - thought_at_ >= spec_.thinktime_blocks) {
    thought_at_ = reaped_;
    spin_ = std::min(spec_.thinktime_spin, spec_.thinktime);
    pause_ = spec_.thinktime - spin_;
    return Step::pause;
  }
  if (now >= deadline_ || pass_left_ <= 0 || ios_left_ <= 0) return Step::issue;  // next() ends the pass
  if (sync_due()) return sync();
  if (waited_for_rate_) {
    waited_for_rate_ = false;
    return Step::issue;
  }
  dir_ = offsets_.direction();
  waited_for_rate_ = rated_ && ahead_of_rate(now);
  return waited_for_rate_ ? Step::pause : Step::issue;
}

FioPlan::Step FioPlan::sync() {
  last_was_write_ = false;
  return Step::sync;
}

bool FioPlan::sync_due() const {
  if (!last_was_write_) return false;
  return (spec_.fsync > 0 && writes_ % spec_.fsync == 0) ||
         (spec_.fdatasync > 0 && writes_ % spec_.fdatasync == 0);
}

/// fio's keep_running: whether to go over the region once more.
bool FioPlan::another_pass(Instant now) {
  if (now >= deadline_ || ios_left_ <= 0 || pass_left_ == pass_begin_) return false;
  if (spec_.time_based || --loops_left_ > 0) return true;
  if (!spec_.io_size) return false;
  std::int64_t largest = 0;
  for (std::size_t d = 0; d < kDirs; ++d)
    if (spec_.does[d]) largest = std::max(largest, spec_.bs[d].max.n);
  return bytes_left_ >= largest;
}

/// Whether dir_, or the other direction of a mixed job if that is due earlier, has to wait; sets the pause.
bool FioPlan::ahead_of_rate(Instant now) {
  const auto wait = [&](Dir dir) { return due_[static_cast<std::size_t>(dir)] - (now - begin_); };
  pause_ = wait(dir_);
  if (pause_ <= Time{0}) return false;
  const Dir other = dir_ == Dir::read ? Dir::write : Dir::read;
  if (spec_.does[static_cast<std::size_t>(Dir::read)] && spec_.does[static_cast<std::size_t>(Dir::write)] &&
      wait(other) < pause_) {
    dir_ = other;
    pause_ = wait(other);
    if (pause_ <= Time{0}) return false;
  }
  spin_ = Time{0};
  // fio drains first and then sleeps for the time worked out before that.
  pause_ = std::min(pause_, deadline_ - now);
  return true;
}

/// Sets when the next I/O in this direction is due, now that this one is under way.
void FioPlan::pace() {
  const auto d = static_cast<std::size_t>(dir_);
  if (rate_bps_[d] == 0) return;
  if (spec_.rate_poisson) {
    due_[d] += offsets_.random().exponential(spec_.bs[d].min / ByteRate{rate_bps_[d]});
  } else {
    rate_bytes_[d] += length_;
    due_[d] = Bytes{rate_bytes_[d]} / ByteRate{rate_bps_[d]};
  }
}

}  // namespace blkpath
