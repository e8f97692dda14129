#include "aio/aligned_source.hpp"

#include <gmock/gmock.h>

#include "aio/test/given_requests.hpp"
#include "traces/test/error_of.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// Offset and length of each, asked for `step` at a time.
std::vector<std::pair<std::int64_t, std::uint32_t>> all_of(RequestSource& source, std::size_t step) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> all;
  std::vector<TraceRequest> some(step);
  for (std::size_t n = step; n == step;) {
    n = source.next(some);
    for (std::size_t i = 0; i < n; ++i) all.emplace_back(some[i].offset, some[i].length);
  }
  return all;
}

TEST(AlignedSource, WidensARequestToTheBlocksThatItTouches) {
  AlignedSource source(
      std::make_unique<GivenRequests>(std::vector{request(0, 4096), request(1, 4095), request(4095, 1),
                                                  request(4095, 2), request(3584, 1024, Op::trim)}),
      4096, true);
  EXPECT_THAT(all_of(source, 2),
              ElementsAre(Pair(0, 4096), Pair(0, 4096), Pair(0, 4096), Pair(0, 8192), Pair(0, 8192)));
  EXPECT_EQ(source.alignment().unaligned, 4);
  EXPECT_EQ(source.alignment().added, 1 + 4095 + 8190 + 7168);
}

TEST(AlignedSource, AFlushHasNoPlace) {
  AlignedSource source(std::make_unique<GivenRequests>(std::vector{request(7, 0, Op::flush)}), 512, false);
  EXPECT_THAT(all_of(source, 2), ElementsAre(Pair(7, 0)));
  EXPECT_EQ(source.alignment().unaligned, 0);
}

TEST(AlignedSource, TheLongestStaysWithin32Bits) {
  AlignedSource source(std::make_unique<GivenRequests>(std::vector{request(0, 0xffffffff)}), 4096, true);
  EXPECT_THAT(all_of(source, 2), ElementsAre(Pair(0, 0xfffff000)));
}

TEST(AlignedSource, WithoutWideningTheFirstRequestsAreRefusedAndLaterOnesCounted) {
  std::vector<TraceRequest> requests(512, request(512, 512));
  requests.push_back(request(100, 512));
  AlignedSource source(std::make_unique<GivenRequests>(requests), 512, false);
  EXPECT_EQ(all_of(source, 100).back(), (std::pair<std::int64_t, std::uint32_t>{100, 512}));
  EXPECT_EQ(source.alignment().unaligned, 1);
  EXPECT_EQ(source.alignment().added, 0);

  requests.erase(requests.begin());
  EXPECT_EQ(error_of([&] { AlignedSource(std::make_unique<GivenRequests>(requests), 512, false); }),
            "web.csv: a request of 512 bytes at 100 is not in whole blocks of 512 bytes, and O_DIRECT does "
            "no others "
            "here; widen such requests with --align, or replay through the page cache with --buffered");
}

TEST(AlignedSource, WithoutODirectEveryRequestIsAligned) {
  AlignedSource source(std::make_unique<GivenRequests>(std::vector{request(3, 5)}), 1, false);
  EXPECT_THAT(all_of(source, 2), ElementsAre(Pair(3, 5)));
}

}  // namespace
}  // namespace blkpath
