"""What scenarios import, imported once in the root zygote: everything forked from it has them for nothing.

Extension modules matter most: a confined process should have no reason to load a library.
"""

# ruff: noqa: F401 - imported for those who are forked from here
import asyncio
import base64
import bisect
import calendar
import collections
import contextlib
import csv
import dataclasses
import datetime
import decimal
import difflib
import enum
import fractions
import functools
import hashlib
import heapq
import hmac
import io
import itertools
import json
import logging
import math
import operator
import random
import re
import secrets
import sqlite3
import statistics
import string
import struct
import textwrap
import time
import traceback
import typing
import unicodedata
import uuid
import zlib
import zoneinfo

import anyio._backends._asyncio
import anyio.to_thread
import fastapi
import fastapi.encoders
import fastapi.exception_handlers
import fastapi.middleware.cors
import fastapi.responses
import pydantic
import pydantic.deprecated.class_validators
import pydantic.networks
import sqlalchemy
import sqlalchemy.dialects.sqlite
import sqlalchemy.exc
import sqlalchemy.ext.declarative
import sqlalchemy.ext.hybrid
import sqlalchemy.orm
import sqlalchemy.sql
import starlette.middleware.base
import starlette.responses
