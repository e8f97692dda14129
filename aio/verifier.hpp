/// Checks that what was written can be read back: every 512 bytes of each write say where they belong and
/// which write they are of, under a checksum.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath {

/// One job's region. Writes of one job must not overlap in flight; then each unit must hold its last write.
class Verifier {
 public:
  static constexpr std::uint32_t kUnit = 512;

  /// @param start  of the region, in bytes, as its size a multiple of kUnit
  /// @param seed   tells this run's data from an earlier one's
  Verifier(Bytes start, Bytes size, std::uint64_t seed);

  /// Fills a buffer for a write that is about to be issued.
  void stamp(char* buffer, std::int64_t offset, std::uint32_t length);
  /// The write of `offset` has failed, or was cut short after `done` bytes: what stands there is not known.
  void forget(std::int64_t offset, std::uint32_t length, std::uint32_t done);
  /// Looks at what a read brought. Units that were never written by this run are passed over.
  /// @return "" when all is well, else what is wrong with the first bad unit: "at 4096: write 7 of this run
  /// was lost,
  ///         write 5 is still there"
  std::string check(const char* buffer, std::int64_t offset, std::uint32_t length);

  /// The next stretch of written units at or after `from`, at most `most` bytes; length 0: none left.
  struct Stretch {
    std::int64_t offset = 0;
    std::uint32_t length = 0;
  };
  Stretch next_written(std::int64_t from, std::uint32_t most) const;

  std::int64_t checked() const { return checked_; }  ///< units found good
  std::int64_t bad() const { return bad_; }

 private:
  struct Unit;
  std::size_t index(std::int64_t offset) const;

  std::int64_t start_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> last_;  ///< write that each unit must hold; 0: none, kUnknown: not known
  std::uint32_t writes_ = 0;
  std::int64_t checked_ = 0, bad_ = 0;
};

}  // namespace blkpath
