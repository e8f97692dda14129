/// Where the chunks of a RAID set lie. Arithmetic only, no time.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "model/core/params.hpp"
#include "model/core/stage.hpp"

namespace blkpath {

enum class RaidLevel : std::uint8_t { jbod, raid0, raid1, raid10, raid5, raid6 };
template <>
struct EnumNames<RaidLevel> {
  static constexpr std::array<std::pair<std::string_view, RaidLevel>, 6> names{{{"jbod", RaidLevel::jbod},
                                                                                {"raid0", RaidLevel::raid0},
                                                                                {"raid1", RaidLevel::raid1},
                                                                                {"raid10", RaidLevel::raid10},
                                                                                {"raid5", RaidLevel::raid5},
                                                                                {"raid6", RaidLevel::raid6}}};
};

/// Some bytes of one stripe: [begin, end) of its data.
struct StripeExtent {
  std::int64_t stripe = 0, begin = 0, end = 0;
};

/// A set of `members`, dealt chunks in turn. A stripe is one chunk of every member; its data are `columns`
/// chunks, one after the other. RAID 1 is one column that every member holds, RAID 10 a column for each pair
/// of neighbours.
///
/// Parity is left-symmetric, the default of Linux md (drivers/md/raid5.c, raid5_compute_sector): P moves from
/// the last member to the first, Q stands behind P, and the data begin behind them, going round.
class RaidLayout {
 public:
  RaidLayout(RaidLevel level, std::int64_t members, Bytes chunk)
      : level_(level), members_(members), chunk_(chunk.n), columns_(columns_of(level, members)) {}

  static constexpr std::int64_t least_members(RaidLevel level) {
    return level == RaidLevel::raid6                                 ? 4
           : level == RaidLevel::raid5                               ? 3
           : level == RaidLevel::raid1 || level == RaidLevel::raid10 ? 2
                                                                     : 1;
  }
  static constexpr bool fits(RaidLevel level, std::int64_t members) {
    return members >= least_members(level) && (level != RaidLevel::raid10 || members % 2 == 0);
  }

  RaidLevel level() const { return level_; }
  std::int64_t members() const { return members_; }
  std::int64_t chunk() const { return chunk_; }
  /// Chunks of data in a stripe.
  std::int64_t columns() const { return columns_; }
  std::int64_t stripe_bytes() const { return columns_ * chunk_; }
  /// Members that hold parity in a stripe.
  int parities() const { return level_ == RaidLevel::raid6 ? 2 : level_ == RaidLevel::raid5 ? 1 : 0; }
  /// Members that hold each byte.
  std::int64_t copies() const {
    return level_ == RaidLevel::raid1 ? members_ : level_ == RaidLevel::raid10 ? 2 : 1;
  }
  /// What the set holds when the smallest member has `each`.
  Bytes capacity(Bytes each) const {
    return level_ == RaidLevel::raid1 ? each : striped_size(each, Bytes{chunk_}, columns_);
  }

  /// The member that holds P of a stripe (`k` = 0) or Q (1).
  std::int64_t parity(std::int64_t stripe, int k) const {
    const std::int64_t p = members_ - 1 - stripe % members_ + k;
    return p < members_ ? p : p - members_;
  }
  /// The member that holds a column of a stripe, the first one of its copies.
  std::int64_t data(std::int64_t stripe, std::int64_t column) const {
    if (parities() == 0) return column * copies();
    const std::int64_t m = members_ - 1 - stripe % members_ + parities() + column;
    return m < members_ ? m : m - members_;
  }

  /// Calls f(StripeExtent) for each stripe that the bytes touch.
  template <class F>
  void for_stripes(std::int64_t offset, std::int64_t length, F&& f) const {
    const std::int64_t stripe_bytes = this->stripe_bytes(), end = offset + length;
    for (std::int64_t stripe = offset / stripe_bytes; stripe * stripe_bytes < end; ++stripe) {
      const std::int64_t first = stripe * stripe_bytes;
      f(StripeExtent{stripe, std::max(offset - first, std::int64_t{0}), std::min(end - first, stripe_bytes)});
    }
  }
  /// Calls f(column, begin, end) for each chunk that the bytes touch; begin and end count from the chunk's
  /// first byte.
  template <class F>
  void for_columns(const StripeExtent& e, F&& f) const {
    std::int64_t first = e.begin / chunk_ * chunk_;
    for (std::int64_t column = e.begin / chunk_; first < e.end; ++column, first += chunk_)
      f(column, std::max(e.begin - first, std::int64_t{0}), std::min(e.end - first, chunk_));
  }

 private:
  static std::int64_t columns_of(RaidLevel level, std::int64_t members) {
    switch (level) {
      case RaidLevel::raid1:
        return 1;
      case RaidLevel::raid10:
        return members / 2;
      case RaidLevel::raid5:
        return members - 1;
      case RaidLevel::raid6:
        return members - 2;
      default:
        return members;
    }
  }
  RaidLevel level_;
  std::int64_t members_, chunk_, columns_;
};

}  // namespace blkpath
