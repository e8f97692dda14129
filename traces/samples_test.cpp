// The traces that are kept in samples/.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

class Sample : public ::testing::TestWithParam<const char*> {
 protected:
  std::string path() const {
    return std::string(BLKPATH_SOURCE_DIR) + "/traces/samples/" + GetParam() + ".trace.xz";
  }
  std::string driver() const {
    const std::string name = GetParam();
    return name.substr(0, name.rfind('-'));
  }
};

TEST_P(Sample, HoldsTwoThousandWholeIosAndItsMachine) {
  const auto reader = open_trace(path());
  const std::vector<IoRecord> all = read_all(*reader);
  ASSERT_EQ(all.size(), 2000u);
  for (const IoRecord& r : all) {
    EXPECT_EQ(r.result, 16384);
    EXPECT_LE(r.issued, r.submitted);
    EXPECT_LE(r.submitted, r.reaped);
    EXPECT_LT(r.offset, 256 << 20);
  }
  EXPECT_THAT(reader->meta().machine, HasSubstr("\"driver\":\"" + driver() + "\""));
  EXPECT_FALSE(reader->meta().samples.empty());
}

INSTANTIATE_TEST_SUITE_P(Drivers, Sample,
                         ::testing::Values("sync-direct", "sync-buffered", "threads-direct",
                                           "threads-buffered", "posix-aio-direct", "posix-aio-buffered",
                                           "linux-aio-direct", "linux-aio-buffered", "io_uring-direct",
                                           "io_uring-buffered"));

TEST(Samples, EachFileIsTested) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(BLKPATH_SOURCE_DIR) + "/traces/samples"))
    files += entry.path().extension() == ".xz";
  EXPECT_EQ(files, 10);
}

}  // namespace
}  // namespace blkpath
