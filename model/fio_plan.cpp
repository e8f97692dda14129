// What a fio job does next: the decisions of fio's main loop. The thread that carries them out is in
// fio_workload.cpp.
#include <algorithm>

#include "model/fio_workload.hpp"

namespace blkpath {

void FioWorkload::begin_pass() {
  pass_over_ = false;
  pass_left_ = pass_begin_ = std::min(pass_size_, bytes_left_);
  offsets_.restart();
}

FioWorkload::Step FioWorkload::plan() {
  if (special_ || pass_over_) {
    const Step step = plan_special();
    if (step != Step::issue) return step;
  } else {
    dir_ = offsets_.direction();
  }
  if (sim().now() >= deadline_ || pass_left_ <= 0 || ios_left_ <= 0 ||
      !offsets_.next(dir_, next_offset_, next_length_)) {
    pass_over_ = true;
    return Step::drain;
  }
  --ios_left_;
  bytes_left_ -= next_length_;
  pass_left_ -= next_length_;
  last_was_write_ = dir_ == Dir::write;
  writes_ += last_was_write_;
  if (rated_) pace();
  return Step::issue;
}

/// What may come before the next I/O. Chooses its direction, since each has its rate.
FioWorkload::Step FioWorkload::plan_special() {
  if (pass_over_) {
    if (!another_pass()) {
      if (!spec_.end_fsync || end_synced_ || writes_ == 0) return Step::finish;
      end_synced_ = true;
      return Step::sync;
    }
    begin_pass();
  }
  if (spec_.thinktime > Time{0} && reaped_ - thought_at_ >= spec_.thinktime_blocks) {
    thought_at_ = reaped_;
    spin_ = std::min(spec_.thinktime_spin, spec_.thinktime);
    pause_ = spec_.thinktime - spin_;
    return Step::pause;
  }
  if (sim().now() >= deadline_ || pass_left_ <= 0 || ios_left_ <= 0)
    return Step::issue;  // plan() ends the pass
  if (sync_due()) return Step::sync;
  if (waited_for_rate_) {
    waited_for_rate_ = false;
    return Step::issue;
  }
  dir_ = offsets_.direction();
  waited_for_rate_ = rated_ && ahead_of_rate();
  return waited_for_rate_ ? Step::pause : Step::issue;
}

bool FioWorkload::sync_due() const {
  if (!last_was_write_) return false;
  return (spec_.fsync > 0 && writes_ % spec_.fsync == 0) ||
         (spec_.fdatasync > 0 && writes_ % spec_.fdatasync == 0);
}

/// fio's keep_running: whether to go over the region once more.
bool FioWorkload::another_pass() {
  if (sim().now() >= deadline_ || ios_left_ <= 0 || pass_left_ == pass_begin_) return false;
  if (spec_.time_based || --loops_left_ > 0) return true;
  if (!spec_.io_size) return false;
  std::int64_t largest = 0;
  for (std::size_t d = 0; d < kDirs; ++d)
    if (spec_.does[d]) largest = std::max(largest, spec_.bs[d].max.n);
  return bytes_left_ >= largest;
}

/// Whether dir_, or the other direction of a mixed job if that is due earlier, has to wait; sets the pause.
bool FioWorkload::ahead_of_rate() {
  const Instant now = sim().now();
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
void FioWorkload::pace() {
  const auto d = static_cast<std::size_t>(dir_);
  if (rate_bps_[d] == 0) return;
  if (spec_.rate_poisson) {
    due_[d] += offsets_.random().exponential(spec_.bs[d].min / ByteRate{rate_bps_[d]});
  } else {
    rate_bytes_[d] += next_length_;
    due_[d] = Bytes{rate_bytes_[d]} / ByteRate{rate_bps_[d]};
  }
}

}  // namespace blkpath
