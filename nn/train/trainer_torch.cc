// The only translation unit that includes LibTorch: its headers take 25 s to compile and its libraries are 287.
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "linnet/train/adamw.h"
#include "linnet/train/schedule.h"
#include "linnet/train/trainer.h"
#include "torch_net.h"

namespace linnet::train {
namespace {

constexpr int kEvaluationBatch = 1000;

torch::Tensor PlainInput(const Architecture& architecture, const ImageView& images, int first, int count) {
  const Augmenter plain(architecture.height, architecture.width, {});
  const int pixels = architecture.height * architecture.width;
  torch::Tensor input = torch::empty({count, 1, architecture.height, architecture.width});
  for (int i = 0; i < count; ++i) {
    plain.Copy(images.pixels + static_cast<size_t>(first + i) * pixels, input.data_ptr<float>() + i * pixels);
  }
  return input;
}

std::vector<uint8_t> Answers(const Net& net, const ForwardMode& mode, const ImageView& images) {
  torch::NoGradGuard no_grad;
  std::vector<uint8_t> answers;
  for (int first = 0; first < images.count; first += kEvaluationBatch) {
    const int count = std::min(kEvaluationBatch, images.count - first);
    const torch::Tensor best = net.Forward(PlainInput(net.architecture(), images, first, count), mode).argmax(1);
    for (int i = 0; i < count; ++i) answers.push_back(static_cast<uint8_t>(best.data_ptr<int64_t>()[i]));
  }
  return answers;
}

int CountRight(const std::vector<uint8_t>& answers, const ImageView& images) {
  int right = 0;
  for (int i = 0; i < images.count; ++i) right += answers[static_cast<size_t>(i)] == images.labels[i];
  return right;
}

void PrepareLibrary() {
  at::set_num_threads(1);  // two threads never were faster on two cores, and one is repeatable
  at::globalContext().setDeterministicAlgorithms(true, true);
}

class Run {
 public:
  Run(const Architecture& architecture, const Recipe& recipe, const ImageView& train, const ImageView& validation,
      const Progress& progress)
      : recipe_(recipe), train_(train), validation_(validation), progress_(progress), net_(architecture) {}

  void Begin(const Start& start) {
    if (!start.parameters.empty()) net_ = Net(Folded(net_.architecture()));
    if (start.parameters.empty()) {
      net_.Randomize(recipe_.seed);
    } else {
      net_.Import(start.parameters);
      if (start.pruned) KeepZeros();
    }
    BeginStage();
  }

  void Continue(const TrainerState& state) {
    if (state.stage > 0 || !HasNormalisation(state.tensors)) net_ = Net(Folded(net_.architecture()));
    state_ = state;
    Restore(state.tensors);
    rounded_ = false;
    for (int i = 0; i <= state.stage; ++i) rounded_ |= recipe_.stages.at(static_cast<size_t>(i)).rounded;
  }

  Trained Execute() {
    for (;;) {
      while (state_.epoch < stage().epochs) Epoch();
      Restore(state_.best);
      if (state_.stage + 1 == static_cast<int>(recipe_.stages.size())) break;
      ++state_.stage;
      BeginStage();
    }
    net_.Fold();
    Trained trained;
    trained.architecture = net_.architecture();
    trained.parameters = net_.Export(rounded_);
    trained.learned = LearnedNow();
    trained.best_epoch = state_.best_epoch;
    trained.validation_accuracy = state_.best_accuracy;
    trained.history = state_.history;
    return trained;
  }

 private:
  void KeepZeros() {
    torch::NoGradGuard no_grad;
    for (Variable& variable : net_.variables()) {
      if (variable.value.dim() >= 2) variable.mask = variable.value.ne(0).to(torch::kFloat32);
    }
  }

  const Stage& stage() const { return recipe_.stages[static_cast<size_t>(state_.stage)]; }

  static bool HasNormalisation(const std::vector<Parameter>& tensors) {
    for (const Parameter& tensor : tensors) {
      if (tensor.name.size() > 6 && tensor.name.compare(tensor.name.size() - 6, 6, "/gamma") == 0) return true;
    }
    return false;
  }

  ForwardMode Mode() { return {nullptr, rounded_, &ranges_, 0}; }

  void BeginStage() {
    if (state_.stage > 0) net_.Fold();
    const bool before = rounded_;
    rounded_ |= stage().rounded;
    state_.epoch = state_.steps = state_.best_epoch = 0;
    state_.best.clear();
    state_.best_accuracy = -1;
    moments_.assign(net_.variables().size(), {});
    for (size_t i = 0; i < moments_.size(); ++i) {
      const auto count = static_cast<size_t>(net_.variables()[i].value.numel());
      if (net_.variables()[i].trained) moments_[i] = {std::vector<float>(count), std::vector<float>(count)};
    }
    if (before || !rounded_) return;
    // The first look at the ranges; training adjusts them.
    torch::NoGradGuard no_grad;
    ranges_.assign(net_.architecture().layers.size() + 1, {});
    ForwardMode mode = Mode();
    mode.observe = 1;
    net_.Forward(PlainInput(net_.architecture(), train_, 0, std::min(train_.count, kEvaluationBatch)), mode);
  }

  void Epoch() {
    const auto began = std::chrono::steady_clock::now();
    ++state_.epoch;
    EpochReport report;
    report.stage = stage().name;
    report.epoch = state_.epoch;
    report.epochs = stage().epochs;
    report.loss = LearnAll(&report.learning_rate);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const int right = CountRight(Answers(net_, Mode(), validation_), validation_);
    report.validation_accuracy = static_cast<double>(right) / validation_.count;
    report.images_per_second = train_.count / took.count();
    // While weights are still being pruned the network isn't yet the one that was asked for.
    const bool counts = PrunedShare(stage(), static_cast<double>(state_.epoch) / stage().epochs) >= stage().prune;
    report.best = counts && report.validation_accuracy >= state_.best_accuracy;
    if (report.best) {
      state_.best_accuracy = report.validation_accuracy;
      state_.best_epoch = state_.epoch;
      state_.best = TensorsAndRanges();
    }
    state_.history.push_back(report);
    if (progress_.on_epoch) progress_.on_epoch(report);
    if (progress_.on_state) {
      state_.tensors = TensorsAndRanges();
      AppendMoments(&state_.tensors);
      std::string error;
      if (!progress_.on_state(state_, &error)) throw std::runtime_error(error);
    }
  }

  // One epoch of steps. Returns the mean loss.
  double LearnAll(double* learning_rate) {
    // Every draw is named by seed, stage, epoch and step or image, so that none depends on what was drawn before.
    const uint64_t epoch_key = static_cast<uint64_t>(state_.stage) << 32 | static_cast<uint64_t>(state_.epoch);
    const std::vector<int> order = ShuffledOrder(train_.count, recipe_.seed, epoch_key);
    Augmenter augmenter(net_.architecture().height, net_.architecture().width, stage().augmentation);
    const int steps = (train_.count + recipe_.batch - 1) / recipe_.batch;
    double loss_sum = 0;
    for (int step = 0; step < steps; ++step) {
      const int first = step * recipe_.batch;
      const int count = std::min(recipe_.batch, train_.count - first);
      FillBatch(augmenter, order, first, count, epoch_key);
      const double at = static_cast<double>((state_.epoch - 1) * steps + step) / (stage().epochs * steps);
      Random dropout(recipe_.seed + 3, epoch_key, static_cast<uint64_t>(step));
      const double loss = Learn(at, dropout);
      if (!std::isfinite(loss)) throw std::runtime_error("the loss is no number any more; lower the learning rate");
      loss_sum += loss * count;
      *learning_rate = ScheduleOf(stage(), at).learning_rate;
      if (progress_.on_batch) {
        progress_.on_batch(stage().name, state_.epoch, stage().epochs, first + count, train_.count,
                           loss_sum / (first + count));
      }
    }
    return loss_sum / train_.count;
  }

  double Learn(double at, Random& dropout) {
    ForwardMode mode = Mode();
    mode.dropout = &dropout;
    if (at < kObservedPart) mode.observe = kObserved;
    torch::Tensor loss = torch::nn::functional::cross_entropy(net_.Forward(input_, mode), target_);
    loss.backward();
    torch::NoGradGuard no_grad;
    const Rates rates = ScheduleOf(stage(), at);
    ++state_.steps;
    const AdamWStep step{static_cast<float>(rates.learning_rate),
                         static_cast<float>(rates.beta1),
                         0.999f,
                         1e-8f,
                         static_cast<float>(recipe_.weight_decay),
                         state_.steps};
    for (size_t i = 0; i < net_.variables().size(); ++i) {
      Variable& variable = net_.variables()[i];
      if (!variable.trained) continue;
      const torch::Tensor gradient = variable.value.grad().contiguous(variable.value.suggest_memory_format());
      ApplyAdamW(step, variable.value.data_ptr<float>(), gradient.data_ptr<float>(), moments_[i].first.data(),
                 moments_[i].second.data(), moments_[i].first.size());
      variable.value.mutable_grad() = torch::Tensor();
    }
    Prune(at);
    return loss.item<double>();
  }

  // Which weights are pruned is decided again every few steps while their share grows; they are kept at zero after each.
  void Prune(double at) {
    const int steps = (train_.count + recipe_.batch - 1) / recipe_.batch;
    const double after = at + 1.0 / (stage().epochs * steps);
    const double share = PrunedShare(stage(), after);
    const bool choose =
        stage().prune > 0 && at < kPruningPart && (state_.steps % kPruneEverySteps == 0 || after >= kPruningPart);
    const size_t layers = net_.architecture().layers.size();
    for (size_t i = 0; i < layers; ++i) {
      if (net_.of(i).weights < 0) continue;
      Variable& weights = net_.variables()[static_cast<size_t>(net_.of(i).weights)];
      // The last layer stays whole, and so do depthwise weights: they are few.
      if (choose && i + 1 < layers && net_.architecture().layers[i].kind != LayerKind::kDepthwise) {
        weights.mask = MaskOf(weights.value, share);
      }
      if (weights.mask.defined()) weights.value.mul_(weights.mask);
    }
  }

  // 1 for all but the share of smallest magnitude.
  static torch::Tensor MaskOf(const torch::Tensor& weights, double share) {
    const auto pruned = static_cast<int64_t>(share * static_cast<double>(weights.numel()) + 0.5);
    if (pruned == 0) return torch::ones_like(weights);
    const torch::Tensor magnitudes = weights.detach().abs().flatten();
    const torch::Tensor limit = std::get<0>(magnitudes.kthvalue(pruned));
    return (weights.detach().abs() > limit).to(torch::kFloat32);
  }

  void FillBatch(Augmenter& augmenter, const std::vector<int>& order, int first, int count, uint64_t epoch_key) {
    const int pixels = net_.architecture().height * net_.architecture().width;
    input_ = torch::empty({count, 1, net_.architecture().height, net_.architecture().width});
    target_ = torch::empty({count}, torch::kInt64);
    for (int i = 0; i < count; ++i) {
      const int image = order[static_cast<size_t>(first + i)];
      const uint8_t* from = train_.pixels + static_cast<size_t>(image) * pixels;
      float* to = input_.data_ptr<float>() + i * pixels;
      if (stage().augmentation.none()) {
        augmenter.Copy(from, to);
      } else {
        Random random(recipe_.seed + 4, epoch_key, static_cast<uint64_t>(image));
        augmenter.Apply(from, random, to);
      }
      target_.data_ptr<int64_t>()[i] = train_.labels[image];
    }
  }

  std::vector<Parameter> TensorsAndRanges() const {
    std::vector<Parameter> tensors = net_.Tensors();
    Parameter ranges{kRanges, {static_cast<int>(ranges_.size()), 2}, {}};
    for (const ValueRange& range : ranges_) ranges.values.insert(ranges.values.end(), {range.min, range.max});
    tensors.push_back(ranges);
    return tensors;
  }

  void AppendMoments(std::vector<Parameter>* tensors) const {
    for (const auto& [first, second] : moments_) {
      tensors->push_back({kMoment1, {static_cast<int>(first.size())}, first});
      tensors->push_back({kMoment2, {static_cast<int>(second.size())}, second});
    }
  }

  // Moments stay as they are where `tensors` hold none.
  void Restore(const std::vector<Parameter>& tensors) {
    size_t next = net_.SetTensors(tensors);
    if (next < tensors.size() && tensors[next].name == kRanges) {
      ranges_.clear();
      const std::vector<float>& values = tensors[next++].values;
      for (size_t i = 0; i + 1 < values.size(); i += 2) ranges_.push_back({values[i], values[i + 1]});
    }
    if (next == tensors.size()) return;
    if (tensors.size() - next != 2 * net_.variables().size()) throw std::runtime_error("the saved state lacks moments");
    moments_.clear();
    for (const Variable& variable : net_.variables()) {
      const Parameter& first = tensors[next++];
      const Parameter& second = tensors[next++];
      const size_t count = variable.trained ? static_cast<size_t>(variable.value.numel()) : 0;
      if (first.values.size() != count || second.values.size() != count) {
        throw std::runtime_error("the saved state's moments are not those of " + variable.name);
      }
      moments_.emplace_back(first.values, second.values);
    }
  }

  Learned LearnedNow() const {
    Learned learned;
    if (!rounded_) return learned;
    learned.any = true;
    learned.input = ranges_[0];
    ValueRange last = ranges_[0];
    const auto& layers = net_.architecture().layers;
    for (size_t i = 0; i < layers.size(); ++i) {
      std::vector<float> scales;
      if (layers[i].weighted()) {
        last = ranges_[i + 1];
        const torch::Tensor tensor = WeightScales(net_.At(net_.of(i).weights), layers[i].weight_bits).contiguous();
        scales.assign(tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel());
      }
      const bool makes_values = layers[i].weighted() || layers[i].kind == LayerKind::kGlobalAveragePool;
      learned.outputs.push_back(makes_values ? last : ValueRange{});
      learned.weight_scales.push_back(scales);
    }
    return learned;
  }

  static constexpr const char* kMoment1 = ":moment1";
  static constexpr const char* kMoment2 = ":moment2";
  static constexpr const char* kRanges = ":ranges";
  static constexpr int kPruneEverySteps = 20;
  static constexpr double kObservedPart = 0.5;  // of a stage; then ranges stand still and the weights settle on them
  static constexpr float kObserved = 0.02f;

  const Recipe& recipe_;
  const ImageView& train_;
  const ImageView& validation_;
  const Progress& progress_;
  Net net_;
  bool rounded_ = false;
  std::vector<ValueRange> ranges_;
  std::vector<std::pair<std::vector<float>, std::vector<float>>> moments_;  // one a variable, empty where not trained
  TrainerState state_;
  torch::Tensor input_, target_;
};

}  // namespace

bool Train(const Architecture& architecture, const Recipe& recipe, const ImageView& train, const ImageView& validation,
           const Start& start, const TrainerState* state, const Progress& progress, Trained* trained,
           std::string* error) try {
  PrepareLibrary();
  Run run(architecture, recipe, train, validation, progress);
  if (state == nullptr) {
    run.Begin(start);
  } else {
    run.Continue(*state);
  }
  *trained = run.Execute();
  return true;
} catch (const std::exception& e) {
  *error = e.what();
  return false;
}

bool Classify(const Architecture& architecture, const std::vector<Parameter>& parameters, const Learned* learned,
              const ImageView& images, std::vector<uint8_t>* answers, std::string* error) try {
  PrepareLibrary();
  Net net(Folded(architecture));
  net.Import(parameters);
  std::vector<ValueRange> ranges;
  ForwardMode mode;
  if (learned != nullptr && learned->any) {
    ranges = learned->outputs;
    ranges.insert(ranges.begin(), learned->input);
    mode.rounded = true;
    mode.ranges = &ranges;
  }
  *answers = Answers(net, mode, images);
  return true;
} catch (const std::exception& e) {
  *error = e.what();
  return false;
}

}  // namespace linnet::train
