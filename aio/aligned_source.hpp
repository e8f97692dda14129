/// A trace's requests as O_DIRECT can do them: in whole logical blocks.
#pragma once
#include <memory>
#include <vector>

#include "model/request_source.hpp"

namespace blkpath {

/// How far the requests of a trace were from whole blocks.
struct AlignmentStats {
  std::int64_t unaligned = 0;  ///< requests that begin or end inside a block, as they were recorded
  std::int64_t added = 0;      ///< bytes by which they were widened; 0 when they were left as they are
};

/// The requests of another source, widened to whole blocks, or counted where they would have to be.
class AlignedSource final : public RequestSource {
 public:
  /// Reads the first requests already, so that a trace whose requests the kernel would refuse one by one is
  /// refused before a run.
  /// @param block  bytes of a block; 1: every request is in whole blocks
  /// @param widen  down to the beginning of a request's first block and up to the end of its last
  /// @throws ConfigError when one of the first requests is not in whole blocks and `widen` is false
  AlignedSource(std::unique_ptr<RequestSource> from, std::uint32_t block, bool widen);

  std::size_t next(std::span<TraceRequest> out) override;
  SourceFacts facts() const override { return from_->facts(); }
  const AlignmentStats& alignment() const { return stats_; }

 private:
  void align(TraceRequest& request);

  std::unique_ptr<RequestSource> from_;
  const std::int64_t block_;
  const bool widen_;
  AlignmentStats stats_;
  std::vector<TraceRequest> first_;  ///< what the constructor read
  std::size_t given_ = 0;            ///< of it
};

}  // namespace blkpath
