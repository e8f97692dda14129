#include "traces/sorted_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/core/error.hpp"

namespace blkpath {

std::size_t SortedReader::read(std::span<IoRecord> out) {
  constexpr std::size_t kBatch = 4096;
  batch_.resize(kBatch);
  std::size_t n = 0;
  while (n < out.size()) {
    if (next_ == filled_ && !ended_) {
      filled_ = from_->read(batch_);
      next_ = 0;
      ended_ = filled_ < batch_.size();
    } else if (next_ < filled_) {
      take(batch_[next_++]);
      if (held() > window_) out[n++] = earliest();
    } else if (held() > 0) {
      out[n++] = earliest();
    } else {
      break;
    }
  }
  return n;
}

void SortedReader::take(const IoRecord& record) {
  ++number_;
  if (record.issued < given_)
    throw ConfigError(
        {}, "--sort",
        fmt::format(
            "record {}, issued at {} ns, stands more than {} records behind one issued at {} ns; widen the "
            "window, for example '--sort-window {}' (100 bytes of memory for each record)",
            number_, record.issued.count(), window_, given_.count(),
            std::max<std::size_t>(4 * window_, 1000)));
  if (in_order_.empty() || record.issued >= in_order_.back().issued)
    in_order_.push_back(record);
  else
    late_.push({record, number_});
}

IoRecord SortedReader::earliest() {
  IoRecord record;
  // Of one instant, what is in order came first: when the late one arrived, its like was already in front of
  // the last.
  if (late_.empty() || (!in_order_.empty() && in_order_.front().issued <= late_.top().record.issued)) {
    record = in_order_.front();
    in_order_.pop_front();
  } else {
    record = late_.top().record;
    late_.pop();
  }
  given_ = record.issued;
  return record;
}

}  // namespace blkpath
