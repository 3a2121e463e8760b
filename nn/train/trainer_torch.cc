// The only translation unit that includes LibTorch: its headers take 25 s to compile and its libraries are 287.
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "linnet/train/trainer.h"

namespace linnet::train {
namespace {

constexpr int kEvaluationBatch = 1000;
constexpr double kPi = 3.14159265358979323846;

// The layer list with its weights in LibTorch's layouts: convolutions [out, in, h, w], dense [out, in].
class Net {
 public:
  explicit Net(const Architecture& architecture) : architecture_(architecture) {}

  void Load(const std::vector<Parameter>& parameters) {
    weights_.clear();
    for (const Parameter& parameter : parameters) {
      const std::vector<int64_t> shape(parameter.shape.begin(), parameter.shape.end());
      torch::Tensor tensor = torch::from_blob(const_cast<float*>(parameter.values.data()), shape).clone();
      if (shape.size() == 4) tensor = tensor.permute({3, 2, 0, 1});
      if (shape.size() == 2) tensor = tensor.t();
      weights_.push_back(tensor.contiguous().set_requires_grad(true));
    }
  }

  std::vector<Parameter> Save() const {
    std::vector<Parameter> parameters = ParametersOf(architecture_);
    for (size_t i = 0; i < parameters.size(); ++i) {
      torch::Tensor tensor = weights_[i].detach();
      if (tensor.dim() == 4) tensor = tensor.permute({2, 3, 1, 0});
      if (tensor.dim() == 2) tensor = tensor.t();
      tensor = tensor.contiguous();
      parameters[i].values.assign(tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel());
    }
    return parameters;
  }

  // x: [batch, 1, height, width]. Returns the outputs before softmax.
  torch::Tensor Forward(torch::Tensor x, bool training) const {
    auto weight = weights_.begin();
    for (const Layer& layer : architecture_.layers) {
      switch (layer.kind) {
        case LayerKind::kConv: x = torch::conv2d(x, weight[0], weight[1], 1, layer.window / 2); break;
        case LayerKind::kMaxPool:  // SAME at stride = window pads at the end only, which is what ceil_mode does
          x = torch::max_pool2d(x, layer.window, layer.window, 0, 1, true);
          break;
        case LayerKind::kDropout: x = torch::dropout(x, 1 - layer.keep, training); break;
        case LayerKind::kFlatten:  // in the order of NHWC, which the exported graph has
          x = (x.size(1) == 1 ? x : x.permute({0, 2, 3, 1})).reshape({x.size(0), -1});
          break;
        case LayerKind::kDense: x = torch::linear(x, weight[0], weight[1]); break;
      }
      if (layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDense) weight += 2;
      if (layer.relu) x = torch::relu(x);
    }
    return x;
  }

  const std::vector<torch::Tensor>& weights() const { return weights_; }

 private:
  const Architecture& architecture_;
  std::vector<torch::Tensor> weights_;
};

// Even in +-1/sqrt(inputs), weights and biases alike.
std::vector<Parameter> RandomParameters(const Architecture& architecture, uint64_t seed) {
  std::vector<Parameter> parameters = ParametersOf(architecture);
  float bound = 0;
  for (size_t i = 0; i < parameters.size(); ++i) {
    Parameter& parameter = parameters[i];
    const int count = std::accumulate(parameter.shape.begin(), parameter.shape.end(), 1, std::multiplies<>());
    if (parameter.shape.size() > 1) bound = 1 / std::sqrt(static_cast<float>(count / parameter.shape.back()));
    Random random(seed, 1, i);
    parameter.values.resize(static_cast<size_t>(count));
    for (float& value : parameter.values) value = random.Symmetric(bound);
  }
  return parameters;
}

// One cycle (Smith, Topin 2017): up to the peak over the first quarter, then down to almost nothing, both along a
// cosine; beta1 runs the other way.
struct OneCycle {
  static double Between(double from, double to, double x) { return to + (from - to) * (1 + std::cos(kPi * x)) / 2; }

  void Set(torch::optim::AdamW& optimizer, double at) const {
    constexpr double kRise = 0.25;
    const bool rising = at < kRise;
    const double x = rising ? at / kRise : (at - kRise) / (1 - kRise);
    auto& options = static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[0].options());
    options.lr(rising ? Between(peak / 25, peak, x) : Between(peak, peak / 250000, x));
    options.betas({rising ? Between(0.95, 0.85, x) : Between(0.85, 0.95, x), 0.999});
  }
  double peak;
};

std::vector<uint8_t> Answers(const Net& net, const Architecture& architecture, const ImageView& images) {
  torch::NoGradGuard no_grad;
  const Augmenter plain(architecture.height, architecture.width, {});
  const int pixels = architecture.height * architecture.width;
  std::vector<uint8_t> answers;
  for (int first = 0; first < images.count; first += kEvaluationBatch) {
    const int count = std::min(kEvaluationBatch, images.count - first);
    torch::Tensor input = torch::empty({count, 1, architecture.height, architecture.width});
    for (int i = 0; i < count; ++i) {
      plain.Copy(images.pixels + static_cast<size_t>(first + i) * pixels, input.data_ptr<float>() + i * pixels);
    }
    const torch::Tensor best = net.Forward(input, false).argmax(1);
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

std::vector<int> ShuffledOrder(int count, const Recipe& recipe, int epoch) {
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random random(recipe.seed, 2, static_cast<uint64_t>(epoch));
  for (size_t i = order.size(); i-- > 1;) std::swap(order[i], order[random.Below(i + 1)]);
  return order;
}

class Run {
 public:
  Run(const Architecture& architecture, const Recipe& recipe, const ImageView& train, const Progress& progress)
      : architecture_(architecture),
        recipe_(recipe),
        train_(train),
        progress_(progress),
        augmenter_(architecture.height, architecture.width, recipe.augmentation),
        net_(architecture) {}

  Trained Execute(const ImageView& validation, const std::vector<Parameter>& start) {
    net_.Load(start.empty() ? RandomParameters(architecture_, recipe_.seed) : start);
    torch::optim::AdamW optimizer(net_.weights(),
                                  torch::optim::AdamWOptions(recipe_.learning_rate).weight_decay(recipe_.weight_decay));
    Trained trained;
    int right_best = -1;
    for (int epoch = 1; epoch <= recipe_.epochs; ++epoch) {
      const auto began = std::chrono::steady_clock::now();
      EpochReport report{epoch, recipe_.epochs, Epoch(epoch, optimizer), 0, 0, false};
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      const int right = CountRight(Answers(net_, architecture_, validation), validation);
      report.validation_accuracy = static_cast<double>(right) / validation.count;
      report.images_per_second = train_.count / took.count();
      report.best = right >= right_best;
      if (report.best) {
        right_best = right;
        trained = {net_.Save(), epoch, report.validation_accuracy};
      }
      if (progress_.on_epoch) progress_.on_epoch(report);
    }
    return trained;
  }

 private:
  double Epoch(int epoch, torch::optim::AdamW& optimizer) {
    const std::vector<int> order = ShuffledOrder(train_.count, recipe_, epoch);
    // Dropout draws from LibTorch's generator; seeded for each epoch, it too doesn't depend on earlier ones.
    torch::manual_seed(Random(recipe_.seed, 3, static_cast<uint64_t>(epoch)).Next() >> 1);
    const int steps = (train_.count + recipe_.batch - 1) / recipe_.batch;
    double loss_sum = 0;
    for (int step = 0; step < steps; ++step) {
      const int first = step * recipe_.batch;
      const int count = std::min(recipe_.batch, train_.count - first);
      FillBatch(order, first, count, epoch);
      OneCycle{recipe_.learning_rate}.Set(optimizer,
                                          static_cast<double>((epoch - 1) * steps + step) / (recipe_.epochs * steps));
      optimizer.zero_grad();
      torch::Tensor loss = torch::nn::functional::cross_entropy(net_.Forward(input_, true), target_);
      loss.backward();
      optimizer.step();
      const double value = loss.item<double>();
      if (!std::isfinite(value)) throw std::runtime_error("the loss is no number any more; lower the learning rate");
      loss_sum += value * count;
      if (progress_.on_batch) progress_.on_batch(epoch, first + count, train_.count, loss_sum / (first + count));
    }
    return loss_sum / train_.count;
  }

  void FillBatch(const std::vector<int>& order, int first, int count, int epoch) {
    const int pixels = architecture_.height * architecture_.width;
    input_ = torch::empty({count, 1, architecture_.height, architecture_.width});
    target_ = torch::empty({count}, torch::kInt64);
    for (int i = 0; i < count; ++i) {
      const int image = order[static_cast<size_t>(first + i)];
      const uint8_t* from = train_.pixels + static_cast<size_t>(image) * pixels;
      float* to = input_.data_ptr<float>() + i * pixels;
      if (recipe_.augmentation.none()) {
        augmenter_.Copy(from, to);
      } else {
        Random random(recipe_.seed + 4, static_cast<uint64_t>(epoch), static_cast<uint64_t>(image));
        augmenter_.Apply(from, random, to);
      }
      target_.data_ptr<int64_t>()[i] = train_.labels[image];
    }
  }

  const Architecture& architecture_;
  const Recipe& recipe_;
  const ImageView& train_;
  const Progress& progress_;
  Augmenter augmenter_;
  Net net_;
  torch::Tensor input_, target_;
};

}  // namespace

bool Train(const Architecture& architecture, const Recipe& recipe, const ImageView& train, const ImageView& validation,
           const std::vector<Parameter>& start, const Progress& progress, Trained* trained, std::string* error) try {
  PrepareLibrary();
  *trained = Run(architecture, recipe, train, progress).Execute(validation, start);
  return true;
} catch (const std::exception& e) {
  *error = e.what();
  return false;
}

bool Classify(const Architecture& architecture, const std::vector<Parameter>& parameters, const ImageView& images,
              std::vector<uint8_t>* answers, std::string* error) try {
  PrepareLibrary();
  Net net(architecture);
  net.Load(parameters);
  *answers = Answers(net, architecture, images);
  return true;
} catch (const std::exception& e) {
  *error = e.what();
  return false;
}

}  // namespace linnet::train
