CREATE TABLE "books" ("id" bigserial PRIMARY KEY NOT NULL, "title" varchar(200) NOT NULL);
--> statement-breakpoint
CREATE INDEX "books_title" ON "books" USING btree ("title");
