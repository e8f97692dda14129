/// Puts a trace that is nearly in order into the order of issue, in constant memory.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "traces/format.hpp"

namespace blkpath {

/// The records of another reader in the order of their issue; those of one instant stay in the file's order.
///
/// Holds up to `window` records. A record may stand behind `window` others that were issued after it, at
/// most: a trace that is in the order of completion is within a window of its greatest depth. Memory: about
/// 100 bytes for each record of the window.
class SortedReader final : public TraceReader {
 public:
  static constexpr std::size_t kWindow = 1'000'000;  ///< records; 100 MB

  explicit SortedReader(std::unique_ptr<TraceReader> from, std::size_t window = kWindow)
      : from_(std::move(from)), window_(window) {}
  /// @throws ConfigError when a record stands farther behind than the window reaches
  std::size_t read(std::span<IoRecord> out) override;
  const TraceMeta& meta() const override { return from_->meta(); }
  std::int64_t skipped() const override { return from_->skipped(); }

 private:
  struct Late {
    IoRecord record;
    std::int64_t number;  ///< in the file
    bool operator>(const Late& other) const {
      return record.issued != other.record.issued ? record.issued > other.record.issued
                                                  : number > other.number;
    }
  };
  void take(const IoRecord& record);
  IoRecord earliest();
  std::size_t held() const { return in_order_.size() + late_.size(); }

  std::unique_ptr<TraceReader> from_;
  std::size_t window_;
  std::vector<IoRecord> batch_;
  std::size_t next_ = 0, filled_ = 0;  ///< of batch_
  bool ended_ = false;
  std::deque<IoRecord> in_order_;  ///< each issued no earlier than the one in front of it: most of them
  std::priority_queue<Late, std::vector<Late>, std::greater<>> late_;  ///< the rest
  std::int64_t number_ = 0;
  Time given_ = Time::min();  ///< issue of the last record that was handed out
};

}  // namespace blkpath
