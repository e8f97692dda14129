/// A write buffer of two halves: one fills while the other one is written.
#pragma once
#include <algorithm>
#include <cstdint>

#include "model/core/units.hpp"

namespace blkpath {

/// Keeps dates only; nothing is simulated of what goes on behind it.
///
/// A write that finds the buffer idle goes to the media at once. While that lasts others collect in the half
/// that is open, up to its size; when the media is done, the halves change places. Who finds the open half
/// full waits for the change, in order of arrival. So a few of many writes wait long, and all others not at
/// all, until more are outstanding than a half holds.
class CalibratedBuffer {
 public:
  explicit CalibratedBuffer(Bytes half) : half_(half.n) {}

  /// A write of `length` that arrives `now` and will take `media` on the media.
  /// @return when there is room for it
  Instant admit(Instant now, std::int64_t length, Time media) {
    settle(now);
    if (written_at_ <= now) {
      written_at_ = now + media;
      writing_ = length;
      open_since_ = now;
      return now;
    }
    if (filled_ > 0 && filled_ + length > half_) change();
    filled_ += length;
    work_ += media;
    return std::max(now, open_since_);
  }
  /// When all that was taken until now will be on the media; closes the open half.
  Instant drained(Instant now) {
    settle(now);
    return written_at_ + work_;
  }
  /// Taken, and not on the media.
  Bytes unwritten(Instant now) {
    settle(now);
    return Bytes{filled_ + (written_at_ > now ? writing_ : 0)};
  }

 private:
  void settle(Instant now) {
    if (filled_ > 0 && written_at_ <= now) change();
  }
  void change() {
    open_since_ = written_at_;
    written_at_ += work_;
    writing_ = filled_;
    filled_ = 0;
    work_ = Time{0};
  }

  std::int64_t half_;
  std::int64_t filled_ = 0, writing_ = 0;
  Time work_{0};          ///< that the open half will take on the media
  Instant written_at_{};  ///< when the closed half will be there
  Instant open_since_{};  ///< may lie ahead: those who wait fill it already
};

}  // namespace blkpath
