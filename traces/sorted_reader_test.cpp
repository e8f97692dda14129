#include "traces/sorted_reader.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;

class Given final : public TraceReader {
 public:
  explicit Given(std::vector<IoRecord> records) : left_(std::move(records)) {}
  std::size_t read(std::span<IoRecord> out) override {
    const std::size_t n = std::min(out.size(), left_.size());
    std::copy_n(left_.begin(), n, out.begin());
    left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(n));
    return n;
  }
  const TraceMeta& meta() const override { return meta_; }

 private:
  std::vector<IoRecord> left_;
  TraceMeta meta_;
};

/// Records issued at these instants; the offset of each says where it stood.
std::vector<IoRecord> issued_at(const std::vector<std::int64_t>& ns) {
  std::vector<IoRecord> records(ns.size());
  for (std::size_t i = 0; i < ns.size(); ++i) {
    records[i].issued = Time{ns[i]};
    records[i].offset = static_cast<std::int64_t>(i);
  }
  return records;
}

/// Where the records of the sorted trace stood.
std::vector<std::int64_t> order(const std::vector<std::int64_t>& ns, std::size_t window) {
  SortedReader reader(std::make_unique<Given>(issued_at(ns)), window);
  std::vector<std::int64_t> places;
  for (const IoRecord& r : read_all(reader)) places.push_back(r.offset);
  return places;
}

TEST(SortedReader, ARecordMayStandBehindAsManyAsTheWindowHolds) {
  EXPECT_THAT(order({10, 20, 0}, 2), ElementsAre(2, 0, 1));
  EXPECT_THAT(order({10, 20, 30, 10}, 2), ElementsAre(0, 3, 1, 2));  // 10 was given, and so is 10 now
  EXPECT_EQ(error_of([] {
              order({10, 20, 30, 9}, 2);
            }),
            "command line: --sort: record 4, issued at 9 ns, stands more than 2 records behind one issued at "
            "10 ns; widen the "
            "window, for example '--sort-window 1000' (100 bytes of memory for each record)");
}

TEST(SortedReader, OneInstantKeepsTheFilesOrder) {
  EXPECT_THAT(order({5, 9, 5, 9, 5, 7}, 10), ElementsAre(0, 2, 4, 5, 1, 3));
}

/// 20,000 records, each up to 100 places from where it belongs: several batches, in and out.
TEST(SortedReader, SortsAsAWholeSortWouldWithinItsWindow) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> ns;
  for (std::int64_t i = 0; i < 20'000; ++i) ns.push_back(i + static_cast<std::int64_t>(random() % 100));
  std::vector<std::int64_t> wanted(ns.size());
  std::iota(wanted.begin(), wanted.end(), 0);
  std::stable_sort(wanted.begin(), wanted.end(), [&](std::int64_t a, std::int64_t b) {
    return ns[static_cast<std::size_t>(a)] < ns[static_cast<std::size_t>(b)];
  });
  EXPECT_EQ(order(ns, 100), wanted);
}

}  // namespace
}  // namespace blkpath
