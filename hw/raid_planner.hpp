/// Which disk I/Os a RAID set makes of a request. No time.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "hw/raid_layout.hpp"
#include "hw/raid_members.hpp"
#include "model/core/request.hpp"

namespace blkpath {

/// How parity comes about when less than a stripe is written.
enum class ParityWrite : std::uint8_t { automatic, rmw, reconstruct };
template <>
struct EnumNames<ParityWrite> {
  static constexpr std::array<std::pair<std::string_view, ParityWrite>, 3> names{
      {{"auto", ParityWrite::automatic},
       {"rmw", ParityWrite::rmw},
       {"reconstruct", ParityWrite::reconstruct}}};
};
/// Which mirror is read.
enum class MirrorRead : std::uint8_t { in_turn, least_busy };
template <>
struct EnumNames<MirrorRead> {
  static constexpr std::array<std::pair<std::string_view, MirrorRead>, 2> names{
      {{"in_turn", MirrorRead::in_turn}, {"least_busy", MirrorRead::least_busy}}};
};

struct DiskIo {
  std::uint16_t disk = 0;
  Op op = Op::read;
  std::int64_t offset = 0, length = 0;
  bool operator==(const DiskIo&) const = default;
};
using DiskPlan = std::vector<DiskIo>;

/// Members that failed to answer one read; two at most, as RAID 6 bears.
struct FailedReads {
  std::array<std::int64_t, 2> member{RaidMembers::kNone, RaidMembers::kNone};
  bool has(std::int64_t m) const { return m == member[0] || m == member[1]; }
};

/// What the disks are asked, by the rules of Linux md (raid5.c, handle_stripe_dirtying), for a stripe as a
/// whole:
/// - read-modify-write: old data and old parity are read;
/// - reconstruct-write: the rest of the stripe is read;
/// - `automatic`: the one that needs fewer reads, reconstruct when both need as many (md's rmw_level 1);
/// - a stripe that is written entirely is not read.
/// Where members are gone: rows whose missing column is written are reconstructed, rows whose missing column
/// is not written are read-modify-written, and where both are (RAID 6 without two) all that is left is read.
/// Parity that is gone is neither read nor written. Reads of what is gone read as many others as a stripe has
/// columns, data before P before Q.
///
/// Leaves out: data that the controller's cache holds, which need not be read.
class RaidPlanner {
 public:
  /// @param in_flight  commands at each disk, for MirrorRead::least_busy
  RaidPlanner(const RaidLayout& layout, const RaidMembers& members, ParityWrite parity, MirrorRead mirror,
              const std::vector<std::int32_t>& in_flight);

  /// Reads that give the bytes. Each function adds to `plan`.
  void read(std::int64_t offset, std::int64_t length, DiskPlan& plan);
  /// Writes (or trims) of a level without parity.
  void write(Op op, std::int64_t offset, std::int64_t length, DiskPlan& plan) const;

  enum class StripeWrite : std::uint8_t { full, rmw, reconstruct };
  /// Of a level with parity: what must be read before `e` can be written.
  StripeWrite read_before(const StripeExtent& e, DiskPlan& plan) const;
  /// Of a level with parity: data and parity.
  void write_stripe(const StripeExtent& e, DiskPlan& plan) const;

  /// Reads that stand in for one of rows [begin, end) of the members in `failed`.
  /// @return false, and no reads, when nothing can
  bool read_instead(const FailedReads& failed, std::int64_t begin, std::int64_t end, DiskPlan& plan) const;

 private:
  /// Rows of a stripe in which the same columns are written.
  struct Band {
    std::int64_t begin, end, first, last;
    bool touches(std::int64_t column) const { return column >= first && column <= last; }
  };
  /// What is read of a band: nothing; old data and parity; untouched data; all that is left.
  enum class Way : std::uint8_t { nothing, rmw, reconstruct, everything };
  struct Bands {
    std::array<Band, 3> band;
    std::array<Way, 3> way{};
    std::size_t count = 0;
    void add(std::int64_t begin, std::int64_t end, std::int64_t first, std::int64_t last) {
      if (begin < end && first <= last) band[count++] = {begin, end, first, last};
    }
  };
  Bands bands_of(const StripeExtent& e) const;
  void choose_ways(const StripeExtent& e, Way wanted, Bands& bands) const;
  template <class Needs, class F>
  void for_runs(const Bands& bands, const Needs& needs, const F& f) const;
  template <class F>
  void for_reads(const StripeExtent& e, const Bands& bands, const F& f) const;

  bool present(std::int64_t member, std::int64_t stripe) const {
    return members_.present(member, (stripe + 1) * layout_.chunk());
  }
  void add(DiskPlan& plan, std::int64_t member, Op op, std::int64_t begin, std::int64_t end) const {
    plan.push_back({members_.disk(member), op, begin, end - begin});
  }
  void read_stripe(const StripeExtent& e, DiskPlan& plan) const;
  void read_copy(std::int64_t column, std::int64_t begin, std::int64_t end, DiskPlan& plan);
  std::int64_t copy_in_turn(std::int64_t column, std::int64_t end);
  std::int64_t least_busy_copy(std::int64_t column, std::int64_t end) const;

  RaidLayout layout_;
  const RaidMembers& members_;
  ParityWrite parity_;
  MirrorRead mirror_;
  const std::vector<std::int32_t>& in_flight_;
  std::vector<std::int64_t> turn_;  ///< by column: the copy that is read next
};

}  // namespace blkpath
