"""The training loop of `linnet-train --preset quick --augment none`, as one writes it in PyTorch, for bench/groups/train_pytorch.sh.

Prints one JSON object: CPU seconds (user and system) of the loop itself, without start-up and reading, and its accuracy.
The same network, AdamW, one-cycle rates set at each step, batch, number of images, one thread and a look at the validation
images after each epoch. Images are floats in one tensor before the clock runs.
"""
import argparse
import gzip
import json
import os
import resource
import struct

import torch
from torch import nn


def read_idx(folder, name, rank):
    path = os.path.join(folder, name)
    opener = open if os.path.exists(path) else gzip.open
    with opener(path if opener is open else path + ".gz", "rb") as file:
        content = bytearray(file.read())
    shape = struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])
    return torch.frombuffer(content, dtype=torch.uint8, offset=4 + 4 * rank).reshape(shape)


def network(name):
    if name == "dnn":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
        )

    def block(inputs, outputs, drop):
        return [
            nn.Conv2d(inputs, outputs, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Dropout(drop),
        ]

    # The quick preset drops half as often as the poster.
    layers = block(1, 16, 0.05) + block(16, 32, 0.125) + block(32, 64, 0.125)
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.25), nn.Linear(1024, 10))


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def accuracy(model, images, labels):
    model.eval()
    right = 0
    with torch.no_grad():
        for first in range(0, len(images), 1000):
            answers = model(images[first : first + 1000]).argmax(1)
            right += (answers == labels[first : first + 1000]).sum().item()
    model.train()
    return right / len(images)


def train(model, images, labels, validation_images, validation_labels, epochs, batch):
    steps = (len(images) + batch - 1) // batch
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.004, weight_decay=0.01, foreach=True)  # the quicker of its forms
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=0.004,
        total_steps=epochs * steps + 1,
        pct_start=0.25,
        anneal_strategy="cos",
        base_momentum=0.85,
        max_momentum=0.95,
        div_factor=25,
        final_div_factor=10000,
    )
    loss_of = nn.CrossEntropyLoss()
    reached = 0.0
    for _ in range(epochs):
        order = torch.randperm(len(images))
        loss_sum = 0.0
        for first in range(0, len(images), batch):
            chosen = order[first : first + batch]
            loss = loss_of(model(images[chosen]), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            rates.step()
            loss_sum += loss.item() * len(chosen)
        reached = accuracy(model, validation_images, validation_labels)
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with MNIST's four files")
    parser.add_argument("--arch", choices=["dnn", "cnn"], default="dnn")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--limit", type=int, default=55000, help="training images")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(options.seed)
    images = read_idx(options.data, "train-images-idx3-ubyte", 3).unsqueeze(1).float() / 255
    labels = read_idx(options.data, "train-labels-idx1-ubyte", 1).long()
    model = network(options.arch)
    chosen = slice(5000, 5000 + options.limit)

    began = cpu_seconds()
    reached = train(model, images[chosen], labels[chosen], images[:5000], labels[:5000], options.epochs, options.batch)
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "arch": options.arch,
                "epochs": options.epochs,
                "train_images": len(images[chosen]),
                "batch": options.batch,
                "cpu_seconds": cpu_seconds() - began,
                "validation_accuracy": reached,
            }
        )
    )


main()
